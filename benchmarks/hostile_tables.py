"""Give covidcurate tables that nobody should have, at their real size, and show how it ends.

Each command must end by itself with one of its exit codes and without a traceback; the table says in what time and
memory. The files need up to 1 GB of space, one at a time.

    python benchmarks/hostile_tables.py [--scale SHARE] [--folder FOLDER] [CASE ...]
"""

from __future__ import annotations

import argparse
import gzip
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from measure import run_once

MB = 1_000_000
HEADER = b"patientid,finding,view,modality,folder,filename,license,clinical_notes\n"
ROW = b"1,Pneumonia,PA,X-ray,images,one.png,CC0,a note\n"
COMMANDS = (["validate", "--no-files"], ["validate", "--no-files", "--format", "json"], ["stats"], ["licenses"])


def repeated(size: float, block: bytes, head: bytes = HEADER, tail: bytes = b"") -> Iterator[bytes]:
    """Yield a head, a block so often that it fills about ``size`` bytes, and a tail."""
    many = block * max(1, MB // len(block))
    yield head
    for _ in range(max(1, int(size / len(many)))):
        yield many
    yield tail


CASES: dict[str, Callable[[float], Iterator[bytes]]] = {
    "a cell of 500 MB": lambda share: repeated(500 * MB * share, b"x", HEADER + b"1,", b"\n" + ROW),
    "a quoted cell of 500 MB": lambda share: repeated(500 * MB * share, b"x", HEADER + b'1,"', b'"\n' + ROW),
    "a cell of 500 MB in lines": lambda share: repeated(500 * MB * share, b"x" * 79 + b"\n", HEADER + b'1,"', b'"\n'),
    "10,000,000 columns": lambda share: repeated(70 * MB * share, b"column,", b"", b"last\n" + ROW),
    "10,000,000 blank headers": lambda share: repeated(10 * MB * share, b",", b"", b"\n" + ROW),
    "a row of 10,000,000 cells": lambda share: repeated(30 * MB * share, b"ab,", HEADER, b"\n" + ROW),
    "a row of 5,000,000 cells": lambda share: repeated(15 * MB * share, b"ab,", HEADER, b"\n" + ROW),
    "rows of 1 MB": lambda share: repeated(1000 * MB * share, b",".join([b"x" * 131_000] * 8) + b"\n"),
    "500 MB of NUL": lambda share: repeated(500 * MB * share, b"\0", b""),
    "NUL in 1,000,000 rows": lambda share: repeated(50 * MB * share, ROW.replace(b"note", b"no\0te")),
    "a quote that nothing closes": lambda share: repeated(1000 * MB * share, b"a line of text\n", HEADER + b'1,"'),
    "the same before sound rows": lambda share: repeated(50 * MB * share, ROW, HEADER + b'1,"Pneumonia\n'),
    "the same without lines": lambda share: repeated(1000 * MB * share, b"x,", HEADER + b'1,"'),
    "every line opens a quote": lambda share: repeated(100 * MB * share, b'1,"Pneumonia,PA\n'),
    "a header only": lambda _: iter([HEADER]),
    "nothing": lambda _: iter([b""]),
    "100 MB of line ends": lambda share: repeated(100 * MB * share, b"\n", b""),
    "a header, 100 MB of line ends": lambda share: repeated(100 * MB * share, b"\n"),
    "100 MB of carriage returns": lambda share: repeated(100 * MB * share, b"\r"),
    "100 MB of commas in rows": lambda share: repeated(100 * MB * share, b",,,,,,,\n"),
    "rows of one cell": lambda share: repeated(100 * MB * share, b"1\n"),
    "100 MB of bytes above 127": lambda share: repeated(100 * MB * share, ROW.replace(b"note", b"n\xf6te")),
    "UTF-16": lambda _: iter([(HEADER + ROW).decode().encode("utf-16")]),
    "UTF-16 without its mark": lambda _: iter([(HEADER + ROW).decode().encode("utf-16-le")]),
    "gzip": lambda _: iter([gzip.compress(HEADER + ROW)]),
}
"""What stands in the file; the share makes it smaller than it should be."""


def special_paths(folder: Path) -> dict[str, Path]:
    """Return paths that are no files."""
    fifo, directory = folder / "fifo.csv", folder / "folder.csv"
    os.mkfifo(fifo)
    directory.mkdir()
    return {"a FIFO": fifo, "/dev/zero": Path("/dev/zero"), "a folder": directory, "no file": folder / "none.csv"}


def show(name: str, path: Path) -> None:
    """Run the commands on a path and print how each ended."""
    for arguments in COMMANDS:
        program = str(Path(sys.executable).with_name("covidcurate"))
        ended = run_once([program, *arguments, str(path)], limit=600)
        said = (ended.errors or ended.output).strip().splitlines() or [""]
        verdict = "" if ended.code in range(6) and "Traceback" not in ended.errors else " BAD"
        print(f"{name:<30} {' '.join(arguments):<34} exit {ended.code}{verdict} {ended.seconds:>7.2f} s "
              f"{ended.megabytes:>6.0f} MB  {said[0].replace(str(path), 'FILE')[:150]}", flush=True)  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cases", nargs="*", metavar="CASE", help="Only those whose name contains one of these.")
    parser.add_argument("--scale", type=float, default=1, help="Share of the real size.")
    parser.add_argument("--folder", type=Path, help="Where the files are written.")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=arguments.folder) as folder:
        path = Path(folder) / "metadata.csv"
        for name, content in CASES.items():
            if not arguments.cases or any(part in name for part in arguments.cases):
                with path.open("wb") as stream:
                    stream.writelines(content(arguments.scale))
                show(name, path)
        path.unlink(missing_ok=True)
        for name, special in special_paths(Path(folder)).items():
            if not arguments.cases or any(part in name for part in arguments.cases):
                show(name, special)


if __name__ == "__main__":
    main()
