"""A film of 5 megapixels and 12 bits to a PNG of 16 bits: our writer against Pillow and OpenCV.

    python benchmarks/png.py [--peers FOLDER_OF_A_VIRTUAL_ENVIRONMENT] [--rounds 5]

Each writer runs in a process of its own and takes turns with the others; what counts is the time of one encoding in
memory, after one that is not counted. OpenCV is looked for in this environment and in that of --peers. What our writer
made is read back with Pillow and compared pixel by pixel. "DICOM to PNG" is all that ``convert`` does to a film without
compression: reading, grey levels, encoding.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

TIMED = """
import sys, time
from pathlib import Path
import numpy
pixels = numpy.load(sys.argv[1])
{setup}
def encode():
    {encode}
encode()
start = time.perf_counter()
data = encode()
print(time.perf_counter() - start, len(data))
if sys.argv[2:]: Path(sys.argv[2]).write_bytes(data)
"""
OURS = ("from covidcurate.imaging.png import encode_png", "return encode_png(pixels)")
PILLOW = (
    "import io; from PIL import Image; image = Image.fromarray(pixels)",
    "out = io.BytesIO(); image.save(out, 'PNG'{options}); return out.getvalue()",
)
OPENCV = ("import cv2", "return cv2.imencode('.png', pixels{options})[1].tobytes()")
READ_FILM = """
from covidcurate.imaging.dicom.read import read_dicom
from covidcurate.imaging.dicom.render import Look, render_frames
from covidcurate.imaging.png import encode_png
from covidcurate.imaging.window import WindowChoice
path = Path(sys.argv[1]).with_suffix(".dcm")
look = Look(WindowChoice.parse("auto"), {bits}, False, False)
"""
MAKE_PICTURE = "return encode_png(next(iter(render_frames(read_dicom(path), look))).pixels)"


def make_film(rows: int = 2500, columns: int = 2048, seed: int = 1) -> np.ndarray:
    """Return a synthetic film of 12 bits: a chest of ellipses, ribs of waves, noise of the detector."""
    random = np.random.default_rng(seed)
    y, x = np.mgrid[-1 : 1 : rows * 1j, -1 : 1 : columns * 1j]
    film = np.full((rows, columns), 600.0)
    film[(x / 0.9) ** 2 + (y / 0.95) ** 2 < 1] = 2200
    for left in (-0.4, 0.4):
        lung = ((x - left) / 0.3) ** 2 + (y / 0.6) ** 2 < 1
        film[lung] = 1100 + 180 * np.sin(25 * y[lung] + 6 * x[lung] ** 2)
    film += random.normal(0, 6 + film / 400)
    return np.clip(np.rint(film), 0, 4095).astype(np.uint16)


def write_dicom(path: Path, pixels: np.ndarray) -> None:
    """Write the film as DICOM without compression."""
    from synthetic_ct import write_slice

    write_slice(path, pixels, 1, ("2.25.1", "2.25.2", "2.25.3"))


def has_module(python: str, module: str) -> bool:
    """Return whether a Python can import a module."""
    return subprocess.run([python, "-c", f"import {module}"], check=False, capture_output=True).returncode == 0


def find_writers(peers: Path | None) -> dict[str, tuple[str, str]]:
    """Return the Python and the script of each writer that is there."""
    here = sys.executable
    without_isal = ("import sys; sys.modules['isal'] = None\n" + OURS[0], OURS[1])
    scripts = {
        "covidcurate": (here, OURS),
        "covidcurate, zlib": (here, without_isal),
        "Pillow": (here, (PILLOW[0], PILLOW[1].format(options=""))),
        "Pillow, level 1": (here, (PILLOW[0], PILLOW[1].format(options=", compress_level=1"))),
        "covidcurate, DICOM to PNG 16": (here, (READ_FILM.format(bits=16), MAKE_PICTURE)),
        "covidcurate, DICOM to PNG 8": (here, (READ_FILM.format(bits=8), MAKE_PICTURE)),
    }
    pythons = [here, *([str(peers / "bin" / "python")] if peers else [])]
    with_opencv = next((python for python in pythons if has_module(python, "cv2")), "")
    if with_opencv:
        scripts["OpenCV"] = (with_opencv, (OPENCV[0], OPENCV[1].format(options="")))
        level = ", [cv2.IMWRITE_PNG_COMPRESSION, 6]"
        scripts["OpenCV, level 6"] = (with_opencv, (OPENCV[0], OPENCV[1].format(options=level)))
    else:
        print("OpenCV is not here")
    return {
        name: (python, TIMED.format(setup=setup, encode=encode)) for name, (python, (setup, encode)) in scripts.items()
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peers", type=Path, help="a virtual environment with OpenCV")
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    writers = find_writers(arguments.peers)
    times: dict[str, list[float]] = {name: [] for name in writers}
    sizes: dict[str, int] = {}
    with tempfile.TemporaryDirectory() as scratch:
        film, made = Path(scratch, "film.npy"), Path(scratch, "ours.png")
        pixels = make_film()
        np.save(film, pixels)
        write_dicom(film.with_suffix(".dcm"), pixels)
        for _ in range(arguments.rounds):
            for name, (python, script) in writers.items():
                command = [python, "-c", script, str(film), *([str(made)] if name == "covidcurate" else [])]
                seconds, size = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
                times[name].append(float(seconds))
                sizes[name] = int(size)
        check_pixels(made, pixels)
    ours = times["covidcurate"]
    print(f"{'writer':30} {'ms':>7} {'ours / it':>10} {'MB':>6}")
    for name, taken in times.items():
        ratio = statistics.median(own / its for own, its in zip(ours, taken, strict=True))
        print(f"{name:30} {statistics.median(taken) * 1000:7.1f} {ratio:10.3f} {sizes[name] / 1e6:6.2f}")


def check_pixels(path: Path, pixels: np.ndarray) -> None:
    """Stop if a file does not hold these pixels."""
    from PIL import Image

    with Image.open(path) as image:
        if not np.array_equal(np.asarray(image), pixels):
            raise SystemExit(f"{path.name} does not hold the pixels that it was made of")


if __name__ == "__main__":
    main()
