"""One function, many items, an outcome for each."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

from covidcurate.errors import UnreadableError
from covidcurate.jobs import begin_aside, run_isolated, run_jobs


def halve(number: int) -> int:
    if number % 2:
        raise UnreadableError(f"{number} is odd")
    return number // 2


@pytest.mark.parametrize(("count", "workers"), [(0, 0), (5, 1), (5, 4), (40, 2)])
def test_outcomes_come_in_the_order_of_the_items(count: int, workers: int) -> None:
    outcomes = list(run_jobs(halve, range(count), workers=workers))
    assert [outcome.item for outcome in outcomes] == list(range(count))
    assert [outcome.value for outcome in outcomes if outcome.error is None] == list(range((count + 1) // 2))
    assert [str(outcome.error) for outcome in outcomes if outcome.error] == [f"{n} is odd" for n in range(1, count, 2)]


def test_an_executor_of_the_caller_is_used_and_stays_open() -> None:
    with ThreadPoolExecutor(2) as executor:
        assert [outcome.value for outcome in run_jobs(halve, [2, 4], executor=executor)] == [1, 2]
        assert executor.submit(halve, 8).result() == 4


def test_a_bug_is_no_outcome() -> None:
    with pytest.raises(TypeError):
        list(run_jobs(halve, ["x"], workers=1))  # type: ignore[list-item]


def crash_hang_or_halve(number: int) -> int:
    if number == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    if number == 4:
        time.sleep(60)
    return halve(number)


@pytest.mark.parametrize("workers", [1, 2, 4])
def test_a_crash_or_a_hang_is_the_failure_of_its_item_alone(workers: int) -> None:
    outcomes = list(run_isolated(crash_hang_or_halve, range(8), workers=workers, limit=1))
    assert [outcome.item for outcome in outcomes] == list(range(8))
    assert [outcome.value for outcome in outcomes] == [0, None, 1, None, None, None, 3, None]
    assert "crashed" in str(outcomes[3].error)
    assert "not done after 1 s" in str(outcomes[4].error)
    assert str(outcomes[5].error) == "5 is odd"


@pytest.mark.parametrize("run", ["run_jobs", "run_isolated"])
def test_no_process_outlives_a_run_that_is_killed(run: str) -> None:
    script = (
        "import time\n"
        f"from covidcurate.jobs import {run} as run\n"
        "for _ in run(time.sleep, [0.01] * 10_000, workers=2):\n"
        "    print(flush=True)\n"
    )
    # Whoever lives holds the pipe open.
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, start_new_session=True) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.kill()
        try:
            process.communicate(timeout=20)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


def test_a_bug_is_no_outcome_of_an_isolated_run_either() -> None:
    with pytest.raises(TypeError):
        list(run_isolated(halve, ["x"]))  # type: ignore[list-item]


class UntoldError(Exception):
    """A bug whose exception cannot be sent from one process to another."""

    def __reduce__(self) -> str:
        raise TypeError


def fail_untold(_number: int) -> int:
    raise UntoldError


def test_a_bug_that_cannot_be_sent_is_told_by_its_kind() -> None:
    with pytest.raises(RuntimeError, match="UntoldError"):
        list(run_isolated(fail_untold, [0]))
    assert not multiprocessing.active_children()


def name_process(number: int) -> int:
    if number == 2:
        os._exit(0)
    return os.getpid()


def test_a_process_that_dies_takes_nothing_from_the_others() -> None:
    outcomes = list(run_isolated(name_process, range(40), workers=2))
    assert [outcome.item for outcome in outcomes if outcome.error] == [2]
    # One more was begun for it.
    assert len({outcome.value for outcome in outcomes if outcome.value}) <= 3


def weigh(data: bytes) -> bytes:
    return data[::-1]


def test_items_and_values_of_any_size_pass() -> None:
    items = [bytes([number]) * (1 << 22) for number in range(6)]
    assert [outcome.value for outcome in run_isolated(weigh, items, workers=2)] == items


def test_processes_work_on_while_an_outcome_is_looked_at() -> None:
    run = run_isolated(tell_time, range(3), workers=1)
    first = next(run)
    time.sleep(1)
    asked = time.time()
    assert first.value is not None
    assert (next(run).value or asked) < asked - 0.5


def tell_time(_number: int) -> float:
    return time.time()


def test_a_program_that_leaves_its_run_alone_ends(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "import time\n"
        "from covidcurate.jobs import run_isolated\n"
        "run = run_isolated(time.sleep, [0.01, 60, 60], workers=2)\n"
        "next(run)\n"
    )
    subprocess.run([sys.executable, script], check=True, timeout=20)


def test_an_isolated_run_that_is_left_early_leaves_no_process() -> None:
    run = run_isolated(crash_hang_or_halve, [0, 4, 4], workers=2)
    assert next(run).value == 0
    run.close()  # type: ignore[attr-defined]
    assert not multiprocessing.active_children()


def doze_and_halve(number: int) -> int:
    time.sleep(2)
    return halve(number)


def test_the_time_that_an_item_waits_for_a_process_is_not_counted_as_its_own() -> None:
    # The second is handed out while the first is at work, and done after more than what is allowed to one.
    outcomes = list(run_isolated(doze_and_halve, [0, 2], workers=1, limit=3.5))
    assert [outcome.value for outcome in outcomes] == [0, 1]


def test_what_is_done_aside_has_a_result_or_raises() -> None:
    assert begin_aside(lambda: halve(4)).result() == 2
    with pytest.raises(UnreadableError, match="3 is odd"):
        begin_aside(lambda: halve(3)).result()


def test_nobody_waits_for_what_is_done_aside() -> None:
    script = "import time; from covidcurate.jobs import begin_aside; begin_aside(lambda: time.sleep(60))"
    subprocess.run([sys.executable, "-c", script], check=True, timeout=20)
