"""Which room may import which: only those on lower floors; and which room may import which library."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import covidcurate

PACKAGE = Path(covidcurate.__file__).parent

FLOORS = (
    ("errors", "memory", "model", "durable", "scratch", "processes", "words"),
    ("spec",),
    ("table", "imaging", "web", "licenses", "dataset", "jobs", "cache", "casefile", "archives", "clinical"),
    ("rules", "report", "labels", "duplicates", "sources"),
    (
        "scrape",
        "ingest",
        "convert",
        "deidentify",
        "leakcheck",
        "inspection",
        "dedupe",
        "audit",
        "mend",
        "history",
        "export",
    ),
    ("cli",),
)
FLOOR_OF = {room: floor for floor, rooms in enumerate(FLOORS) for room in rooms}

SIDEWAYS = {
    # Whether a run left a folder can be seen without loading what locks it.
    ("scratch", "durable"),
    # A new dataset's header is written in the dialect of the table room, and a run is taken back record by record.
    ("dataset", "table"),
    # Both take files, folders, patterns and archives.
    ("deidentify", "convert"),
    ("leakcheck", "convert"),
    ("inspection", "convert"),
    ("dedupe", "convert"),
    # Both compare slices in processes that may die.
    ("ingest", "convert"),
    # Each candidate is held against what is there.
    ("ingest", "dedupe"),
}
"""Rooms that know another of their own floor; whoever adds one says here why."""

OWNERS = {
    "pandas": {"labels"},
    "PIL": {"imaging"},
    "nibabel": {"imaging"},
    "pydicom": {"imaging"},
    "isal": {"imaging"},
    "rapidocr_onnxruntime": {"imaging"},
    "click": {"cli"},
    "numpy": {"imaging", "labels", "duplicates", "audit", "table", "rules"},
    "requests": {"web"},
    "urllib3": {"web"},
    "protego": {"web"},
    "bs4": {"sources"},
    "rich": {"cli"},
    "http": {"web"},
    "socket": {"web", "dataset"},
}
"""Libraries that only some rooms import; the dataset room asks ``socket`` for the name of this host."""


LATE = {
    "table/block.py",
    "table/cut.py",
    "table/foreign.py",
    "table/joined.py",
    "table/keys.py",
    "table/short.py",
    "table/vocabulary.py",
    "rules/hashes.py",
    "rules/page_numbers.py",
}
"""Modules for large tables, which are themselves imported inside functions, or by each other."""


def modules() -> Iterator[tuple[str, Path]]:
    """Yield each module with its room; what stands at the top of the package is a room of its own."""
    for path in sorted(PACKAGE.rglob("*.py")):
        place = path.relative_to(PACKAGE)
        room = place.parts[0] if len(place.parts) > 1 else place.stem
        if not room.startswith("__"):
            yield room, path


def imports(path: Path) -> Iterator[str]:
    """Yield the full name of each module that a file imports anywhere, also for types alone."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import"
            # `from covidcurate import table` names a room too.
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def rooms_known() -> Iterator[tuple[str, str, str]]:
    """Yield each pair of different rooms of which the first imports the second, with the file."""
    for room, path in modules():
        for name in imports(path):
            first, _, rest = name.partition(".")
            other = rest.partition(".")[0]
            if first == "covidcurate" and other in FLOOR_OF and other != room:
                yield room, other, str(path.relative_to(PACKAGE))


def test_every_room_stands_on_a_floor() -> None:
    assert {room for room, _ in modules()} <= set(FLOOR_OF)


def test_no_room_imports_one_above_it() -> None:
    upwards = [pair for pair in rooms_known() if FLOOR_OF[pair[0]] < FLOOR_OF[pair[1]]]
    assert upwards == []


def test_rooms_of_one_floor_do_not_know_each_other() -> None:
    sideways = {pair[:2] for pair in rooms_known() if FLOOR_OF[pair[0]] == FLOOR_OF[pair[1]]}
    assert sideways == SIDEWAYS


def test_rooms_import_each_other_in_no_circle() -> None:
    known = {pair[:2] for pair in rooms_known()}
    assert not {(one, other) for one, other in known if (other, one) in known}


def test_libraries_stay_in_their_rooms() -> None:
    for room, path in modules():
        for name in imports(path):
            library = name.partition(".")[0]
            assert library not in OWNERS or room in OWNERS[library], f"{path.relative_to(PACKAGE)} imports {library}"


def test_the_scan_sees_what_there_is() -> None:
    found = {(room, name.partition(".")[0]) for room, path in modules() for name in imports(path)}
    assert {("labels", "pandas"), ("imaging", "PIL"), ("imaging", "nibabel"), ("cli", "click")} <= found
    assert ("cli", "rules") in {pair[:2] for pair in rooms_known()}


def test_heavy_libraries_are_imported_inside_functions() -> None:
    """So that a command that does not need them starts at once."""
    for room, path in modules():
        if path.relative_to(PACKAGE).as_posix() in LATE:
            continue
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.Import | ast.ImportFrom):
                names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module or ""]
                heavy = {name.partition(".")[0] for name in names} & {
                    "pandas",
                    "PIL",
                    "nibabel",
                    "pydicom",
                    "numpy",
                    "bs4",
                    "protego",
                }
                assert not heavy, f"{path.relative_to(PACKAGE)} of {room} imports {heavy} at once"
                names += [f"{node.module}.{alias.name}" for alias in node.names if isinstance(node, ast.ImportFrom)]
                late = {f"{name.removeprefix('covidcurate.').replace('.', '/')}.py" for name in names} & LATE
                assert not late, f"{path.relative_to(PACKAGE)} of {room} imports {late} at once"
