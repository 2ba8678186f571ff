"""Kill real ingests, fixes and undoings at random moments, and count what was damaged: nothing may be.

    python benchmarks/soak_ingest.py [--kills 360] [--seed 1] [--films 12]

Each trial copies a synthetic dataset, starts ``covidcurate ingest``, ``validate --fix`` or ``undo`` on it as a process
of its own, and sends SIGKILL to it and its children: a third of the times at any moment of the run, else at any moment
after the first file was staged, where the change is made. In a third of the trials the command that recovers is
killed too. Then ``covidcurate log``, which only reads, has to find the dataset, byte for byte, as it was before the run
or as it is after one, with the run on record or not on record to match, and nothing left over. A trial counts as

    damaged   the dataset is neither as before nor as after
    lost      a row that was there before (or, of an undo, a row of others) is not there any more
    orphan    a file without a row, a row without a file, or one that was staged or written ahead and stays
    record    the log and the dataset do not agree

In one trial of five the command is then run again, and has to end as it would have without the kill.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from PIL import Image

from covidcurate.dataset.new import create_dataset
from covidcurate.table import Table

PROGRAM = [sys.executable, "-m", "covidcurate"]
FACTS = {"finding": "No Finding", "view": "PA", "modality": "X-ray", "license": "CC0-1.0"}


@dataclass
class Scene:
    """A command with the dataset it is for, its content before and after, and how long it takes in seconds."""

    arguments: list[str]
    template: Path
    before: dict[str, bytes]
    after: dict[str, bytes] = field(default_factory=dict)
    runs: int = 0
    seconds: float = 0.0
    working: float = 0.0


def draw(path: Path, number: int, kind: str = "PNG") -> None:
    Image.effect_noise((64, 64 + number), 60 + number).save(path, format=kind)


def make_dataset(folder: Path, films: int) -> None:
    """Make a dataset of films, of which every third has a wrong ending and a view in another case."""
    create_dataset(folder)
    table, rows = Table.load(folder / "metadata.csv"), []
    for number in range(films):
        wrong = number % 3 == 0
        name = f"film-{number}.{'jpg' if wrong else 'png'}"
        draw(folder / "images" / name, number)
        row = {
            "patientid": str(number + 1),
            "folder": "images",
            "filename": name,
            "url": f"https://example.org/{number}",
        }
        rows.append({**FACTS, **row, "view": "pa" if wrong else "PA"})
    table.append(rows)
    (folder / "metadata.csv").write_bytes(table.to_bytes())


def make_inputs(folder: Path, films: int) -> None:
    folder.mkdir()
    lines = ["patientid,filename,url," + ",".join(FACTS)]
    for number in range(films):
        draw(folder / f"new-{number}.png", 100 + number)
        lines.append(f"p{number},new-{number}.png,https://example.org/new/{number}," + ",".join(FACTS.values()))
    (folder / "rows.csv").write_text("\n".join(lines) + "\n")


def content_of(root: Path) -> dict[str, bytes]:
    files = [path for path in root.rglob("*") if path.is_file() and ".covidcurate" not in path.parts]
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in files}


def start(arguments: list[str], dataset: Path) -> subprocess.Popen[bytes]:
    command = [*PROGRAM, *arguments, "-d", str(dataset)]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True)


def kill(process: subprocess.Popen[bytes]) -> bool:
    """Kill a process with its children; return whether it was still at work."""
    alive = process.poll() is None
    if alive:
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    return alive


def log(dataset: Path) -> tuple[list[str], str]:
    done = subprocess.run(
        [*PROGRAM, "log", "--format", "json", str(dataset)], capture_output=True, text=True, check=True
    )
    return [run["id"] for run in json.loads(done.stdout)["runs"]], done.stderr


def make_scenes(home: Path, films: int) -> dict[str, Scene]:
    make_inputs(home / "new", films)
    make_dataset(home / "plain", films)
    ingested = Path(shutil.copytree(home / "plain", home / "ingested"))
    ingest = ["ingest", str(home / "new"), "--yes"]
    finish(ingest, ingested)
    fixed = Path(shutil.copytree(home / "plain", home / "fixed"))
    finish(["validate", "--fix"], fixed)
    commands = {
        "ingest": (ingest, home / "plain"),
        "validate --fix": (["validate", "--fix"], home / "plain"),
        "undo an ingest": (["undo", "--yes"], ingested),
        "undo a fix": (["undo", "--yes"], fixed),
    }
    return {name: time_scene(home, *command) for name, command in commands.items()}


def finish(arguments: list[str], dataset: Path) -> None:
    process = start(arguments, dataset)
    assert process.wait() in (0, 4), process.communicate()[1]
    process.communicate()


def time_scene(home: Path, arguments: list[str], template: Path) -> Scene:
    """Run a command to its end a few times; what it comes to is always the same."""
    scene = Scene(arguments, template, content_of(template), runs=len(log(template)[0]))
    whole, working = [], []
    for _ in range(3):
        dataset = Path(shutil.copytree(template, home / "timed"))
        begun = time.perf_counter()
        process = start(arguments, dataset)
        wait_for_staging(process, dataset)
        staging = time.perf_counter()
        while (dataset / ".covidcurate" / "staging").exists():
            pass
        working.append(time.perf_counter() - staging)
        process.communicate()
        whole.append(time.perf_counter() - begun)
        scene.after = content_of(dataset)
        shutil.rmtree(dataset)
    scene.seconds, scene.working = statistics.median(whole), statistics.median(working)
    assert scene.after != scene.before
    return scene


def wait_for_staging(process: subprocess.Popen[bytes], dataset: Path) -> None:
    while process.poll() is None and not (dataset / ".covidcurate" / "staging").exists():
        time.sleep(0.0002)


def stage_of(dataset: Path, *, alive: bool) -> str:
    state = dataset / ".covidcurate"
    if (state / "transaction.json").exists():
        return "before the table" if (state / "staging" / "table").exists() else "after the table"
    if (state / "staging").exists():
        return "while staging"
    if (state / "ahead").exists():
        return "while opening"
    return "before or after" if alive else "it was done"


def try_once(scene: Scene, dataset: Path, random: Random, number: int) -> tuple[str, list[str]]:
    """Kill a command on a dataset; return where it was, and what is wrong now."""
    process = start(scene.arguments, dataset)
    if number % 3 == 0:
        time.sleep(random.uniform(0, 1.05 * scene.seconds))
    else:
        wait_for_staging(process, dataset)
        time.sleep(random.uniform(0, 0.9 * scene.working))
    where = stage_of(dataset, alive=kill(process))
    if random.random() < 1 / 3:
        recovering = start(["log"], dataset)
        time.sleep(random.uniform(0, 0.35))
        kill(recovering)
    runs, _ = log(dataset)
    found, wrong = content_of(dataset), []
    if found not in (scene.before, scene.after):
        wrong.append("damaged")
    if (len(runs) - scene.runs) != (found == scene.after):
        wrong.append("record")
    rows = found["metadata.csv"].splitlines()
    kept = set(scene.before["metadata.csv"].splitlines()) & set(scene.after["metadata.csv"].splitlines())
    if not kept <= set(rows):
        wrong.append("lost")
    named = {row["filename"] for row in rows_of(found["metadata.csv"])}
    files = {name.split("/")[1] for name in found if name.startswith("images/") and not name.endswith(".gitkeep")}
    state = dataset / ".covidcurate"
    left = [state / "ahead", state / "staging", state / "transaction.json", *(state / "runs").glob(".*")]
    if named != files or any(path.exists() for path in left):
        wrong.append("orphan")
    if number % 5 == 0 and found == scene.before:
        finish(scene.arguments, dataset)
        if content_of(dataset) != scene.after:
            wrong.append("again")
    return where, wrong


def rows_of(table: bytes) -> list[dict[str, str]]:
    loaded = Table.load(table)
    return [dict(zip(loaded.header, row.fields, strict=True)) for row in loaded.rows]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=360)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--films", type=int, default=12)
    asked = parser.parse_args()
    random = Random(asked.seed)
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        scenes = make_scenes(home, asked.films)
        places: dict[str, Counter[str]] = {name: Counter() for name in scenes}
        wrongs: dict[str, Counter[str]] = {name: Counter() for name in scenes}
        kills = dict.fromkeys(scenes, 0)
        number = 0
        while sum(kills.values()) < asked.kills:
            name = list(scenes)[number % len(scenes)]
            number += 1
            dataset = Path(shutil.copytree(scenes[name].template, home / "trial"))
            where, wrong = try_once(scenes[name], dataset, random, number // len(scenes))
            # A run that had ended by itself was not killed.
            kills[name] += where != "it was done"
            places[name][where] += 1
            wrongs[name].update(wrong)
            if wrong:
                print(name, where, wrong)
            shutil.rmtree(dataset)
    report(kills, places, wrongs)
    sys.exit(any(wrongs.values()))


def report(kills: dict[str, int], places: dict[str, Counter[str]], wrongs: dict[str, Counter[str]]) -> None:
    stages = ["before or after", "while opening", "while staging", "before the table", "after the table", "it was done"]
    bad = ["damaged", "lost", "orphan", "record", "again"]
    print(f"{'':<16}{'kills':>7}" + "".join(f"{one:>18}" for one in stages) + "".join(f"{one:>9}" for one in bad))
    for name, count in [*kills.items(), ("all", sum(kills.values()))]:
        where = places[name] if name in places else sum(places.values(), Counter())
        wrong = wrongs[name] if name in wrongs else sum(wrongs.values(), Counter())
        print(
            f"{name:<16}{count:>7}"
            + "".join(f"{where[one]:>18}" for one in stages)
            + "".join(f"{wrong[one]:>9}" for one in bad)
        )


if __name__ == "__main__":
    main()
