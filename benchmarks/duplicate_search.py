"""Search for near pairs among fingerprints: seconds, memory, recall by distance, growth, and ratios against peers.

    python benchmarks/duplicate_search.py [FOLDER_OF_IMAGES] [--peers FOLDER_OF_A_VIRTUAL_ENVIRONMENT] [--rounds 3]

Fingerprints are signs of correlated normal numbers, as those of films are: with the covariance of the images of the
folder, or, without one, with a made-up one that is as uneven as that of 1,718 films (bands of 16 bits are equal six
times as often as with even bits). Two in a hundred are changed copies of others at 0 to 24 bits. Each search is a
process of its own, and searches take turns; seconds are those of the search, MB (10^6 bytes) the peak of the process.

"16 forms" is what ``covidcurate dedupe`` does: copies are also mirrored, turned and inverted, and up to 48 bits apart.
"20 new" looks only for pairs with one of the last 20. Peers are faiss (IndexBinaryFlat, looked for in the environment
of --peers) and a plain comparison of each with each in numpy, up to 100,000 fingerprints.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from math import log10
from pathlib import Path

import numpy as np

from covidcurate.duplicates import fingerprint, read_picture
from covidcurate.duplicates.fingerprint import BITS, FORMS, turn

DISTANCE, NEW, COPIES, MOST_OF_PEERS = 24, 20, 50, 100_000
SIDE = 16
RUN = """
import resource, sys, time
from pathlib import Path
import numpy as np
{setup}
hashes = np.load(sys.argv[1])
start = time.perf_counter()
{search}
seconds = time.perf_counter() - start
# ru_maxrss is that of the process which started this one, where that is larger.
status = Path("/proc/self/status")
peaks = [line.split()[1] for line in status.read_text().splitlines() if "VmHWM" in line] if status.exists() else []
peak = int(peaks[0]) if peaks else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(seconds, peak * 1024 / 1e6)
np.save(sys.argv[2], np.asarray(pairs)[:, :2])
"""
PLAIN = "from covidcurate.duplicates.search import find_pairs"
TURNED = "from covidcurate.duplicates.forms import find_turned"
OURS = {
    "find_pairs": (PLAIN, f"pairs = find_pairs(hashes, distance={DISTANCE})"),
    "  20 new": (PLAIN, f"pairs = find_pairs(hashes, distance={DISTANCE}, since=len(hashes) - {NEW})"),
    "16 forms": (TURNED, "pairs = find_turned(hashes, 48)"),
    "  20 new, 16 forms": (TURNED, f"pairs = find_turned(hashes, 48, since=len(hashes) - {NEW})"),
}
NUMPY = f"""
words, found = hashes.view(np.uint64), []
columns = np.ascontiguousarray(words.T)
for place, row in enumerate(words):
    bits = np.bitwise_count(columns[0, place + 1:] ^ row[0])
    for word in (1, 2, 3):
        bits += np.bitwise_count(columns[word, place + 1:] ^ row[word])
    near = np.flatnonzero(bits <= {DISTANCE})
    if len(near): found.append(np.column_stack([np.full(len(near), place), near + place + 1]))
pairs = np.concatenate(found) if found else np.empty((0, 2), dtype=int)
"""
FAISS = f"""
index = faiss.IndexBinaryFlat({BITS})
index.add(hashes)
limits, _, others = index.range_search(hashes, {DISTANCE} + 1)
rows = np.repeat(np.arange(len(hashes)), np.diff(limits).astype(int))
pairs = np.column_stack([rows, others])[rows < others]
"""


@dataclass(frozen=True)
class Made:
    """Fingerprints with copies: rows of originals and of copies, and how many bits these differ by."""

    hashes: np.ndarray
    originals: np.ndarray
    copies: np.ndarray
    distances: np.ndarray


def fit(folder: Path) -> tuple[np.ndarray, np.ndarray]:
    """Return mean and deviations from it (n x 256) of the spectra of images, each frequency and image scaled to one."""
    images = (read_picture(path).pixels for path in sorted(folder.iterdir()) if path.is_file())
    spectra = [fingerprint(pixels, windows=False).spectra for pixels in images]
    rows = np.concatenate(spectra).reshape(-1, BITS).astype(np.float64)
    rows /= rows.std(axis=0)
    rows /= np.sqrt((rows**2).mean(axis=1, keepdims=True))
    return rows.mean(axis=0), rows - rows.mean(axis=0)


def make_up(random: np.random.Generator, factors: int = 32) -> tuple[np.ndarray, np.ndarray]:
    """Return a mean and deviations from it that are stronger and more alike at low frequencies, as those of films."""
    down, along = np.divmod(np.arange(BITS), SIDE)
    low = 1 / (1 + (down + along) / 6)
    return 1.15 * low * random.standard_normal(BITS), random.standard_normal((factors, BITS))


def make(count: int, model: tuple[np.ndarray, np.ndarray], seed: int, *, turned: bool) -> Made:
    """Return fingerprints with the mean and the deviations of a model, of which some are changed copies."""
    random = np.random.default_rng(seed)
    mean, deviations = (part.astype(np.float32) for part in model)
    shared = np.float32(np.sqrt(0.7 / len(deviations)))
    own = np.float32(np.sqrt(0.3)) * deviations.std(axis=0)
    hashes = np.empty((count, BITS // 8), dtype=np.uint8)
    for begin in range(0, count, 1 << 14):
        rows = min(1 << 14, count - begin)
        values = random.standard_normal((rows, len(deviations)), dtype=np.float32) @ (shared * deviations)
        values += mean + own * random.standard_normal((rows, BITS), dtype=np.float32)
        hashes[begin : begin + rows] = np.packbits(values > 0, axis=1)
    places = random.permutation(count)[: 2 * (count // COPIES)]
    originals, copies = np.split(places, 2)
    distances = random.integers(0, DISTANCE + 1, len(copies))
    bits = np.unpackbits(hashes[originals], axis=1)
    if turned:
        forms, inverted = random.integers(0, FORMS, len(copies)), random.integers(0, 2, len(copies))
        for form in range(FORMS):
            signs = bits[forms == form].reshape(-1, SIDE, SIDE) - 0.5
            bits[forms == form] = (turn(signs, form) > 0).reshape(-1, BITS)
        bits ^= inverted[:, None].astype(np.uint8)
    order = random.random((len(copies), BITS), dtype=np.float32).argsort(axis=1).argsort(axis=1)
    hashes[copies] = np.packbits(bits ^ (order < distances[:, None]), axis=1)
    return Made(hashes, originals, copies, distances)


def describe(hashes: np.ndarray) -> str:
    """Say how far those are apart that have nothing to do with each other, and how uneven the bands are."""
    half = len(hashes) // 2
    bits = np.bitwise_count(hashes[:half] ^ hashes[half : 2 * half]).sum(axis=1)
    counts = [np.bincount(band, minlength=1 << 16) for band in hashes.view(np.uint16).T]
    equal = sum(int((count * (count - 1)).sum()) for count in counts) / 16 / len(hashes) / (len(hashes) - 1)
    apart = f"different ones differ in {bits.mean() / BITS:.3f} of their bits (+- {bits.std() / BITS:.3f})"
    return f"{apart}, bands are equal {equal * (1 << 16):.1f} times as often as even ones"


def recall(made: Made, found: np.ndarray, first_new: int = 0) -> tuple[float, dict[str, float]]:
    """Return which share of the copies was found, in all and by distance."""
    ends = np.sort(np.column_stack([made.originals, made.copies]), axis=1).astype(np.int64)
    wanted = ends[:, 1] >= first_new
    hit = np.isin(ends[:, 0] << 32 | ends[:, 1], found[:, 0] << 32 | found[:, 1])[wanted]
    distances = made.distances[wanted]
    spans = {"0-15": (0, 15), "16-20": (16, 20), **{str(bits): (bits, bits) for bits in range(21, DISTANCE + 1)}}
    inside = {name: (low <= distances) & (distances <= high) for name, (low, high) in spans.items()}
    return float(hit.mean()) if len(hit) else 1.0, {name: hit[of].mean() for name, of in inside.items() if of.any()}


def find_peers(peers: Path | None) -> dict[str, tuple[str, str, str]]:
    """Return Python, setup and search of each peer that is there."""
    found = {"numpy, each with each": (sys.executable, "", NUMPY)}
    python = str(peers / "bin" / "python") if peers else sys.executable
    if subprocess.run([python, "-c", "import faiss"], check=False, capture_output=True).returncode == 0:
        found["faiss flat"] = (python, "import faiss", FAISS)
    else:
        print("faiss is not here: pip install faiss-cpu numpy into an environment of its own, and name it with --peers")
    return found


def measure(count: int, model: tuple[np.ndarray, np.ndarray], arguments: argparse.Namespace) -> dict[str, float]:
    """Print what the searches among so many take and find; return the medians of their seconds."""
    commands = {name: (sys.executable, *parts) for name, parts in OURS.items()}
    if count <= MOST_OF_PEERS:
        commands |= find_peers(arguments.peers)
    made = {turned: make(count, model, arguments.seed, turned=turned) for turned in (False, True)}
    print(f"\n{count:,} fingerprints: {describe(made[False].hashes)}")
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in commands}
    shares = {}
    with tempfile.TemporaryDirectory() as scratch:
        for turned, one in made.items():
            np.save(Path(scratch, f"{turned}.npy"), one.hashes)
        for _ in range(arguments.rounds):
            for name, (python, setup, search) in commands.items():
                turned, out = "forms" in name, Path(scratch, "pairs.npy")
                script = [python, "-c", RUN.format(setup=setup, search=search)]
                process = [*script, str(Path(scratch, f"{turned}.npy")), str(out)]
                answer = subprocess.run(process, check=True, capture_output=True, text=True).stdout.split()
                taken[name].append((float(answer[0]), float(answer[1])))
                shares[name] = recall(made[turned], np.load(out), count - NEW if "new" in name else 0)
    seconds = {name: statistics.median(one for one, _ in of) for name, of in taken.items()}
    print(f"{'':24}{'seconds':>9}{'peak MB':>9}{'/ find_pairs':>13}{'recall':>9}  by distance")
    for name, of in taken.items():
        ratio, (share, by_distance) = seconds[name] / seconds["find_pairs"], shares[name]
        told = "" if "new" in name else "  ".join(f"{span}: {part:.4f}" for span, part in by_distance.items())
        peak = max(megabytes for _, megabytes in of)
        print(f"{name:24}{seconds[name]:9.3f}{peak:9.0f}{ratio:13.2f}{share:9.4f}  {told}")
    return seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, nargs="?", help="images of which the covariance is taken")
    parser.add_argument("--rows", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--peers", type=Path, help="a virtual environment with faiss-cpu and numpy")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    model = fit(arguments.folder) if arguments.folder else make_up(np.random.default_rng(arguments.seed))
    seconds = {count: measure(count, model, arguments) for count in sorted(arguments.rows)}
    print("\ngrowth: seconds are rows to the power of")
    for few, many in zip(sorted(seconds), sorted(seconds)[1:], strict=False):
        for name in [name for name in seconds[few] if name in seconds[many]]:
            power = log10(seconds[many][name] / seconds[few][name]) / log10(many / few)
            print(f"  {name:24}{few:,} to {many:,}: {power:.2f}")


if __name__ == "__main__":
    main()
