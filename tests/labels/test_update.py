"""Statistics in the marked block of a README; nothing outside the marks is touched."""

from __future__ import annotations

from pathlib import Path

import pytest

from covidcurate.errors import CovidcurateError, UnreadableError
from covidcurate.labels.update import update_marked_block

BEGIN, END = "<!-- covidcurate stats: begin -->", "<!-- covidcurate stats: end -->"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "README.md"


def test_what_stands_between_the_marks_is_replaced(path: Path) -> None:
    path.write_bytes(f"# Zürich\n\n{BEGIN}\nold\nold\n{END}\n\nafter\n".encode())
    update_marked_block(path, "new\n")
    assert path.read_bytes() == f"# Zürich\n\n{BEGIN}\nnew\n{END}\n\nafter\n".encode()


def test_writing_twice_is_writing_once(path: Path) -> None:
    path.write_text(f"{BEGIN}\n{END}\n")
    update_marked_block(path, "| a |\n")
    once = path.read_bytes()
    update_marked_block(path, "| a |\n")
    assert path.read_bytes() == once


def test_the_first_mark_may_say_how_it_came_about(path: Path) -> None:
    path.write_text(f"<!-- covidcurate stats: begin (written by somebody) -->\nold\n{END}")
    update_marked_block(path, "new\n")
    assert path.read_text() == f"<!-- covidcurate stats: begin (written by somebody) -->\nnew\n{END}"


def test_bytes_outside_the_marks_stay_whatever_they_are(path: Path) -> None:
    before, after = b"\xef\xbb\xbfone\r\ntwo\rthree \t\n\n", b"\x0c \\1 \\g<0>\r\n"
    path.write_bytes(before + f"{BEGIN}\nold{END}".encode() + after)
    update_marked_block(path, "\\1 new\n")
    assert path.read_bytes() == before + f"{BEGIN}\n\\1 new\n{END}".encode() + after


def test_only_the_first_block_is_written(path: Path) -> None:
    path.write_text(f"{BEGIN}\n1\n{END}\n{BEGIN}\n2\n{END}\n")
    update_marked_block(path, "new\n")
    assert path.read_text() == f"{BEGIN}\nnew\n{END}\n{BEGIN}\n2\n{END}\n"


def test_the_readme_of_a_new_dataset_has_the_marks(path: Path) -> None:
    from covidcurate.dataset.new import create_dataset

    readme = create_dataset(path.parent / "new").root / "README.md"
    update_marked_block(readme, "the numbers\n")
    assert "the numbers\n" in readme.read_text()


@pytest.mark.parametrize(
    "text", ["", "no marks\n", f"{BEGIN}\n", f"{END}\n{BEGIN}\n", "<!-- covidcurate stats: begin\n" + END]
)
def test_a_file_without_marks_is_refused_and_left_alone(path: Path, text: str) -> None:
    path.write_text(text)
    with pytest.raises(UnreadableError, match="no block") as caught:
        update_marked_block(path, "new\n")
    assert BEGIN in caught.value.remedy
    assert path.read_text() == text


def test_a_file_that_is_not_utf8_or_not_there_is_refused(path: Path) -> None:
    with pytest.raises(UnreadableError):
        update_marked_block(path, "new\n")
    path.write_bytes(f"\xff{BEGIN}\n{END}".encode("latin-1"))
    with pytest.raises(UnreadableError):
        update_marked_block(path, "new\n")


def test_a_file_that_cannot_be_written_says_so(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: Path, data: bytes) -> int:
        raise OSError(28, "No space left on device")

    path.write_text(f"{BEGIN}\n{END}")
    monkeypatch.setattr(Path, "write_bytes", refuse)
    with pytest.raises(CovidcurateError, match="No space left"):
        update_marked_block(path, "new\n")


def test_marks_in_lines_that_end_with_carriage_return_and_line_feed_are_found(path: Path) -> None:
    path.write_bytes(f"a\r\n{BEGIN}\r\nold\r\n{END}\r\nb\r\n".encode())
    update_marked_block(path, "new\n")
    content = path.read_bytes()
    assert content.startswith(f"a\r\n{BEGIN}\r\n".encode())
    assert content.endswith(f"{END}\r\nb\r\n".encode())
    assert b"old" not in content


def test_a_full_disk_leaves_the_file_as_it_was(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_bytes = Path.write_bytes

    def write_half(self: Path, data: bytes) -> int:
        write_bytes(self, data[: len(data) // 2])
        raise OSError(28, "No space left on device")

    before = f"a long text\n{BEGIN}\n{END}\nmore text"
    path.write_text(before)
    monkeypatch.setattr(Path, "write_bytes", write_half)
    with pytest.raises(CovidcurateError):
        update_marked_block(path, "new\n")
    assert path.read_text() == before
