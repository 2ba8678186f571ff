"""One function, many items, an outcome for each."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from covidcurate.errors import UnreadableError
from covidcurate.jobs import run_jobs


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
