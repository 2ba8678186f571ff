"""Recall and precision of `covidcurate dedupe` on real films and edited copies of some, beside other programs.

    python benchmarks/duplicates.py FOLDER_OF_IMAGES [--edited 20] [--half 1] [--peer-python PATH] [--known FILE]

Of some films of every second patient (``metadata.csv`` beside the folder tells whose they are) 26 edited copies are
made, and 21 with other parameters. What is chosen is chosen on the other half (``--half 0``). A pair of different
films counts against precision, whatever was done to them, also if they are of one patient; pairs of the films
themselves are listed, since real collections hide real duplicates: look at them, and give those that are true with
``--known``. Apart, all films are laid over each other, candidates or not, to tell how near others come.
"""

from __future__ import annotations

import argparse
import itertools
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from duplicate_films import SETS, Films, Truth, edited_name, read_films
from duplicate_peers import PEERS, ask

from covidcurate.convert.inputs import Source
from covidcurate.dedupe import Wish, find_duplicates
from covidcurate.dedupe.run import Kind
from covidcurate.duplicates import Candidate, compare, read_picture
from covidcurate.duplicates.compare import SAME
from covidcurate.jobs import run_jobs

OURS = {"default": False, "--thorough": True}
SET_TITLES = ("first set", "second set")


@dataclass
class Found:
    """What one program says: pairs by name with a score, if it has one, and its seconds."""

    pairs: dict[frozenset[str], float]
    seconds: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--edited", type=int, default=20, help="how many films are edited")
    parser.add_argument("--half", type=int, choices=[0, 1], default=1, help="which half the edited films are of")
    parser.add_argument("--peer-python", type=Path, help="a Python that has imagehash, pdqhash or czkawka")
    parser.add_argument("--known", type=Path, help="pairs of films that are the same, two names a line, tab between")
    arguments = parser.parse_args()
    films = read_films(arguments.folder, arguments.half, arguments.edited, arguments.known)
    with tempfile.TemporaryDirectory() as scratch:
        files = dict(films.paths)
        for edits in SETS:
            files |= films.edit(Path(scratch), edits)
        print(f"{len(films.paths)} films, {len(films.edited)} of them edited: {len(files)} files")
        answers = {title: ours(files, thorough) for title, thorough in OURS.items()}
        if arguments.peer_python:
            answers |= peers(arguments.peer_python, files)
        print_recall(films, answers)
        print_precision(films, answers)
        print_pairs(films, answers)
    print_negatives(films)


def ours(files: dict[str, Path], thorough: bool) -> Found:
    begun = time.perf_counter()
    search = find_duplicates([Source(path, name) for name, path in files.items()], Wish(thorough=thorough))
    same = [pair for pair in search.pairs if pair.kind in (Kind.BYTES, Kind.IMAGE)]
    pairs = {frozenset((pair.first.shown, pair.second.shown)): pair.score for pair in same}
    return Found(pairs, time.perf_counter() - begun)


def peers(python: Path, files: dict[str, Path]) -> dict[str, Found]:
    answers, names = {}, list(files)
    for peer in PEERS:
        answer = ask(python, peer, list(files.values()))
        if isinstance(answer, str):
            print(f"left out: {peer.title}: {answer}")
            continue
        pairs, seconds = answer
        answers[peer.title] = Found({frozenset((names[one], names[other])): 0.0 for one, other in pairs}, seconds)
    return answers


def print_recall(films: Films, answers: dict[str, Found]) -> None:
    """Print of each edit how many copies were found to be the film that they were made from."""
    for letter, title in zip("ABCDEFGHIJ", answers, strict=False):
        print(f"{letter}: {title}")
    print(f"{'recall in %':28}" + "".join(f"{letter:>5}" for letter, _ in zip("ABCDEFGHIJ", answers, strict=False)))
    for title, edits in zip(SET_TITLES, SETS, strict=True):
        shares = {name: [recall(films, found, name) for found in answers.values()] for name in edits}
        for name, row in shares.items():
            print(f"  {name:26}" + "".join(f"{share * 100:5.0f}" for share in row))
        means = [sum(column) / len(column) for column in zip(*shares.values(), strict=True)]
        print(f"{title + ', mean':28}" + "".join(f"{mean * 100:5.1f}" for mean in means))


def recall(films: Films, found: Found, edit: str) -> float:
    return sum(frozenset((name, edited_name(name, edit))) in found.pairs for name in films.edited) / len(films.edited)


def print_precision(films: Films, answers: dict[str, Found]) -> None:
    """Print of each program and set how many of its pairs are true, and what the others are."""
    print(f"{'':34}{'set':18}{'pairs':>7}{'precision':>10}{'one patient':>12}{'others':>8}{'seconds':>9}")
    for title, found in answers.items():
        for number, edits in enumerate(SETS):
            names = set(films.paths) | {edited_name(name, edit) for name in films.edited for edit in edits}
            counts = Counter(films.truth(*pair) for pair in found.pairs if pair <= names)
            print(
                f"{'' if number else title:34}{SET_TITLES[number]:18}{counts.total():7}{precision(counts):10.4f}"
                f"{counts[Truth.PATIENT]:12}{counts[Truth.OTHERS]:8}{'' if number else f'{found.seconds:9.0f}'}"
            )
        counts = Counter(films.truth(*pair) for pair in found.pairs)
        print(
            f"{'':34}{'all files':18}{counts.total():7}{precision(counts):10.4f}"
            f"{counts[Truth.PATIENT]:12}{counts[Truth.OTHERS]:8}"
        )


def precision(counts: Counter[Truth]) -> float:
    return (counts[Truth.SAME] + counts[Truth.KNOWN]) / max(1, counts.total())


def print_pairs(films: Films, answers: dict[str, Found]) -> None:
    """Print what our own modes say of different films."""
    for title in OURS:
        pairs = answers[title].pairs
        rows = sorted((films.truth(*pair).value, -score, sorted(pair)) for pair, score in pairs.items())
        rows = [row for row in rows if row[0] != Truth.SAME.value]
        print(f"{title}: pairs of different films: {len(rows)}")
        for truth, score, (first, second) in rows:
            print(f"  {-score:.3f} {first}  {second}  ({truth})")


def print_negatives(films: Films, most: int = 8) -> None:
    """Lay each film of the collection over each other, whether a candidate or not, and print how near they come."""
    pairs = list(itertools.combinations(films.paths, 2))
    tasks = [(films.paths[first], films.paths[second]) for first, second in pairs]
    begun = time.perf_counter()
    scores = [done.value or 0.0 for done in run_jobs(_score, tasks)]
    print(f"{len(pairs)} pairs of films laid over each other in {time.perf_counter() - begun:.0f} s; nearest:")
    for truth in (Truth.PATIENT, Truth.OTHERS):
        rows = [(score, pair) for score, pair in zip(scores, pairs, strict=True) if films.truth(*pair) is truth]
        rows.sort(reverse=True)
        print(f"  {truth.value}: {len(rows)}, {sum(score >= SAME for score, _ in rows)} would be the same image")
        for score, (first, second) in rows[:most]:
            print(f"    {score:.3f} {first}  {second}")


def _score(task: Sequence[Path]) -> float:
    first, second = task
    return compare(read_picture(first), read_picture(second), Candidate(0, 1, 0)).score


if __name__ == "__main__":
    main()
