"""What other programs say about the same files: this file is run by their own Python, where they are installed.

    PEER_PYTHON benchmarks/duplicate_peers.py HASH < FILES.json > PAIRS.json

The input is a list of paths; the output has ``pairs`` (places of two files and their distance) and ``seconds``, or
``missing``. Nothing of covidcurate is imported there.
"""

from __future__ import annotations

import importlib
import itertools
import json
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Peer:
    """A way of finding duplicates: a hash, and the distance up to which two files count as the same."""

    title: str
    hash: str
    distance: int


PEERS = (
    Peer("imagehash phash, 64 bits, <= 4", "phash", 4),
    Peer("imagehash phash, 64 bits, <= 10", "phash", 10),
    Peer("imagehash phash, 256 bits, <= 40", "phash-256", 40),
    Peer("pdqhash, <= 31", "pdq", 31),
    Peer("pdqhash dihedral, <= 31", "pdq-dihedral", 31),
    Peer("czkawka, similarity 5", "czkawka-5", 5),
    Peer("czkawka, similarity 10", "czkawka-10", 10),
)


def ask(python: Path, peer: Peer, paths: list[Path]) -> tuple[list[tuple[int, int]], float] | str:
    """Return the pairs (places in the list) that a peer finds and its seconds, or why it could not be asked."""
    run = subprocess.run(
        [str(python), __file__, peer.hash],
        input=json.dumps([str(path) for path in paths]),
        capture_output=True,
        text=True,
        check=False,
    )
    if run.returncode:
        return (run.stderr.strip().splitlines() or ["ended without a word"])[-1]
    answer = json.loads(run.stdout)
    if "missing" in answer:
        return f"{answer['missing']} is not installed there"
    pairs = [(first, second) for first, second, distance in answer["pairs"] if distance <= peer.distance]
    return pairs, answer["seconds"]


def phash(path: str) -> list[Any]:
    return [_phash(path, 8)]


def phash_256(path: str) -> list[Any]:
    return [_phash(path, 16)]


def _phash(path: str, size: int) -> Any:
    import imagehash
    from PIL import Image

    with Image.open(path) as image:
        return imagehash.phash(image, hash_size=size).hash.ravel()


def pdq(path: str) -> list[Any]:
    return _pdq(path)[:1]


def pdq_dihedral(path: str) -> list[Any]:
    return _pdq(path)


def _pdq(path: str) -> list[Any]:
    """Return the hashes of a picture and its turned forms; of at most 512 pixels, as it is recommended."""
    import numpy
    import pdqhash
    from PIL import Image

    with Image.open(path) as image:
        small = image.convert("RGB")
        small.thumbnail((512, 512), Image.Resampling.BOX)
    return list(pdqhash.compute_dihedral(numpy.asarray(small))[0])


HASHES: dict[str, tuple[str, Callable[[str], list[Any]]]] = {
    "phash": ("imagehash", phash),
    "phash-256": ("imagehash", phash_256),
    "pdq": ("pdqhash", pdq),
    "pdq-dihedral": ("pdqhash", pdq_dihedral),
}


def hashed_pairs(function: Callable[[str], list[Any]], paths: list[str]) -> list[tuple[int, int, int]]:
    """Return pairs with their distances, the least over the forms of the second, all compared with all."""
    import numpy

    with ProcessPoolExecutor() as pool:
        hashes = list(pool.map(function, paths, chunksize=16))
    bits = numpy.array(hashes, dtype=numpy.float32) * 2 - 1
    length = bits.shape[-1]
    nearest = numpy.min([(length - bits[:, 0] @ bits[:, form].T) / 2 for form in range(bits.shape[1])], axis=0)
    nearest = numpy.minimum(nearest, nearest.T).round().astype(int)
    first, second = numpy.nonzero(numpy.triu(nearest <= length // 5, 1))
    return [(int(i), int(j), int(nearest[i, j])) for i, j in zip(first, second, strict=True)]


def czkawka_pairs(similarity: int, paths: list[str]) -> list[tuple[int, int, int]]:
    """Return all pairs of each group."""
    from czkawka import ImageSimilarity

    places = {Path(path).resolve(): place for place, path in enumerate(paths)}
    finder = ImageSimilarity()
    finder.set_directories(sorted({Path(path).resolve().parent for path in paths}))
    finder.set_similarity(similarity)
    pairs = []
    for group in finder.find_similar():
        members = sorted(places[path] for path in map(Path, group) if path in places)
        pairs += [(first, second, similarity) for first, second in itertools.combinations(members, 2)]
    return pairs


def main() -> None:
    wanted, paths = sys.argv[1], json.load(sys.stdin)
    begun = time.perf_counter()
    try:
        if wanted.startswith("czkawka"):
            importlib.import_module("czkawka")
            pairs = czkawka_pairs(int(wanted.partition("-")[2]), paths)
        else:
            module, function = HASHES[wanted]
            importlib.import_module(module)
            pairs = hashed_pairs(function, paths)
    except ModuleNotFoundError as error:
        print(json.dumps({"missing": error.name}))
        return
    print(json.dumps({"pairs": pairs, "seconds": time.perf_counter() - begun}))


if __name__ == "__main__":
    main()
