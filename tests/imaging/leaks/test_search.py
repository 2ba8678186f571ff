"""How values are written is of no avail, chance writes none, and the cost does not grow with what is looked for."""

from __future__ import annotations

import base64
import gzip
import io
import json
import struct
import time
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import numpy as np
import pytest

from covidcurate.cli.main import run
from covidcurate.errors import UnreadableError
from covidcurate.imaging.dicom.read import read_dicom
from covidcurate.imaging.leaks import Identifier, Kind, identifiers_of_dataset
from covidcurate.imaging.leaks import content as content_module
from covidcurate.imaging.leaks.files import find_leaks_in_bytes, find_leaks_in_texts, hide_names
from covidcurate.imaging.leaks.parts import Sort
from covidcurate.imaging.leaks.search import Finder
from tests.imaging.synthetic_images import nifti, raster

NAME = "Annegret Großkürth"


def name(value: str) -> Identifier:
    return Identifier(Kind.NAME, "PatientName", value)


def found(identifier: Identifier, data: bytes | str) -> bool:
    raw = data.encode() if isinstance(data, str) else data
    return bool(list(find_leaks_in_bytes(b".. " + raw + b" ..", Finder([identifier]), "x")))


@pytest.mark.parametrize(
    "text",
    [
        "Annegret Großkürth", "ANNEGRET GROSSKÜRTH", "annegret großkürth", "Großkürth^Annegret", "Großkürth, Annegret",
        "Großkürth,Annegret", "Großkürth_Annegret", "AnnegretGroßkürth", "annegret.großkürth", "GROßKÜRTH-ANNEGRET",
        "Annegret Grosskuerth", "ANNEGRET GROSSKUERTH", "Annegret Großku\u0308rth",
    ],
)  # fmt: skip
def test_a_name_is_found_as_people_and_programs_write_it(text: str) -> None:
    assert found(name(NAME), text)
    for encoding in ("latin-1", "utf-16-le", "utf-16-be"):
        if all(ord(sign) < 256 for sign in text):
            assert found(name(NAME), text.encode(encoding)), encoding
    assert not found(name(NAME), "Annegret Grosskopf")


@pytest.mark.parametrize("escape", [json.dumps, quote])
def test_a_name_is_found_as_json_and_addresses_escape_it(escape: Callable[[str], str]) -> None:
    assert escape(NAME).isascii()
    assert found(name(NAME), escape(NAME))
    assert found(name(NAME), escape(NAME.upper()))


@pytest.mark.parametrize(("value", "encoding"), [
    ("Иванова Мария", "iso8859-5"), ("Иванова Мария", "cp1251"), ("王小东", "gb18030"), ("山田 太郎", "shift-jis"),
    ("山田 太郎", "iso2022-jp"), ("김희중", "euc-kr"), ("Dvořáková", "iso8859-2"), ("Παπαδόπουλος", "iso8859-7"),
])  # fmt: skip
def test_a_name_is_found_in_the_encodings_of_headers(value: str, encoding: str) -> None:
    assert found(name(value), value.encode(encoding))
    assert found(name(value), value)


@pytest.mark.parametrize("text", [
    "20190203", "2019-02-03", "2019:02:03", "2019/02/03", "03.02.2019", "3.2.2019", "02/03/2019", "2/3/2019",
    "03/02/2019", "3 Feb 2019", "03-FEB-2019", "February 3, 2019", "Feb 3 2019", "3 February 2019", "03feb2019",
    "20190203101112", "2019_02_03",
])  # fmt: skip
def test_a_day_is_found_as_people_and_programs_write_it(text: str) -> None:
    assert found(Identifier(Kind.DATE, "StudyDate", "20190203"), text)
    assert not found(Identifier(Kind.DATE, "StudyDate", "20190204"), text)


@pytest.mark.parametrize("text", ["101112.345678", "10:11:12.345678", "Time=101112.345", "10:11:12.345"])
def test_a_time_is_found_rounded_off_too(text: str) -> None:
    assert found(Identifier(Kind.TIME, "StudyTime", "101112.345678"), text)
    assert not found(Identifier(Kind.TIME, "StudyTime", "101113.345678"), text)


@pytest.mark.parametrize("phase", range(9))
def test_base64_and_hexadecimal_are_found_at_each_phase(phase: int) -> None:
    before, after = b"abcdefghi"[:phase], b"xyz"
    for value in ("Planteroth", "planteroth", "PLANTEROTH"):
        packed = base64.b64encode(before + value.encode() + after)
        assert found(name("Planteroth"), packed), value
        assert found(name("Planteroth"), (before + value.encode()).hex())
    assert found(name("Lee Ann"), base64.b64encode(before + b"Lee^Ann" + after))
    assert not found(name("Planteroth"), base64.b64encode(before + b"Planteroad" + after))


def test_a_short_name_is_found_as_a_word_of_its_own() -> None:
    assert list(Finder([name("Lee")]).find(b"PN\x04\x00Lee \x10\x00"))
    assert found(name("Lee"), "for LEE, by mail")
    assert not found(name("Lee"), "asleep, bleeding and fleeing")


def test_chance_writes_no_short_names() -> None:
    """Twenty MB of noise hold each word of three letters a dozen times."""
    finder = Finder(map(name, ("Lee", "Kim", "Ngo", "Ray", "Poe", "Ann", "Bob", "Tom", "Max", "Abel", "Cruz", "Moor")))
    noise = np.random.default_rng(1).bytes(20 << 20)
    assert noise.lower().count(b"lee") > 3
    assert not list(find_leaks_in_bytes(noise, finder, "x"))
    assert not list(finder.find(noise, Sort.PIXELS))
    # The same words, written.
    for text in (b"\0Lee\0", b"\x01seen by Lee today\x01"):
        assert len(list(find_leaks_in_bytes(noise[:99_999] + text + noise[:99_999], finder, "x"))) == 1


def test_letters_count_and_not_their_bytes() -> None:
    """Of 16-bit pixels below 256, every other byte is zero, as in the UTF-16 of four letters."""
    data = b"\1\1" + "abel".encode("utf-16-le") + b"\1\1"
    assert not list(Finder([name("Abel")]).find(data, Sort.PIXELS))
    assert list(Finder([name("Abel")]).find(data))
    assert list(Finder([name("Abelsson")]).find("x abelsson".encode("utf-16-le"), Sort.PIXELS))


def test_no_chance_hits_in_a_png_of_noise_for_real_headers(shared_data: Path) -> None:
    films = sorted((shared_data / "dicom" / "chest-cr").glob("*.dcm"))
    identifiers = [one for film in films for one in identifiers_of_dataset(read_dicom(film))]
    assert len(identifiers) > 50
    from PIL import Image

    stream = io.BytesIO()
    Image.fromarray(np.random.default_rng(2).integers(0, 256, (1500, 2000), np.uint8)).save(stream, "PNG")
    noise = np.random.default_rng(3).bytes(5 << 20)
    for data in (stream.getvalue(), noise, nifti()[:352] + noise):
        assert not list(find_leaks_in_bytes(data, Finder(identifiers), "x"))
    # They are found in their own film.
    assert list(find_leaks_in_bytes(films[0].read_bytes(), Finder(identifiers), "x"))


def test_short_numbers_count_in_names_and_cells_only() -> None:
    finder = Finder([Identifier(Kind.NUMBER, "PatientID", "4711"), Identifier(Kind.NUMBER, "Version", "15.1")])
    assert not list(finder.find(b"DS\x04\x004711\x10 and 4711"))
    assert not list(finder.find(b"\x0015.14\0"))
    assert list(find_leaks_in_texts({"notes": "patient 4711 of"}, finder, "row"))
    assert not list(find_leaks_in_texts({"notes": "47112, 14711"}, finder, "row"))
    for value in ("2019", "0010", "120"):
        assert not list(Finder([Identifier(Kind.NUMBER, "PatientID", value)]).find_in_text(f"film-{value}.png"))
    assert list(Finder([Identifier(Kind.NUMBER, "PatientID", "47110")]).find(b"no 47110!"))


def test_a_hit_at_the_border_of_two_pieces_is_found_once(monkeypatch: pytest.MonkeyPatch) -> None:
    from covidcurate.imaging.leaks import search

    monkeypatch.setattr(search, "_CHUNK", 4096)
    finder = Finder([name("Planteroth")])
    noise = np.random.default_rng(4).bytes(20_000)
    for place in range(4080, 4100):
        data = noise[:place] + b"Planteroth" + noise[place:]
        assert [at for at, _ in finder.find(data, Sort.PIXELS)] == [place]


def test_what_unpacks_to_many_pieces_is_found_in_each_and_at_their_borders(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(content_module, "_PIECE", 1 << 16)
    monkeypatch.setattr(content_module, "_STEP", 1 << 13)
    noise = np.random.default_rng(5).bytes(400_000)
    finder = Finder([name("Planteroth")])
    for place in (10, 60_000, 65_530, 131_068, 200_000, 399_000):
        plain = noise[:place] + b"Planteroth" + noise[place:]
        leaks = list(find_leaks_in_bytes(gzip.compress(plain), finder, "x"))
        assert leaks
        # What does not compress stands in the packed bytes as well.
        assert {leak.place for leak in leaks if "compressed" not in leak.place} == {f"unpacked: byte {place}"}


def test_the_second_member_of_a_gzip_and_what_follows_are_searched() -> None:
    data = gzip.compress(b"x") + gzip.compress(b"by Planteroth") + b"\0\0of Wexelberg"
    places = [leak.place for leak in find_leaks_in_bytes(data, Finder(map(name, ("Planteroth", "Wexelberg"))), "x")]
    assert any(place.startswith("unpacked: byte") for place in places)
    assert any(place.startswith("after the compressed data, byte") for place in places)


def test_memory_and_time_are_bounded_for_a_volume() -> None:
    """160 MB of voxels in a few MB of gzip, with five thousand UIDs to look for."""
    slab = np.random.default_rng(6).integers(0, 120, 1 << 20).astype("<i2").tobytes()
    head = bytearray(nifti()[:352])
    struct.pack_into("<8h", head, 40, 3, 512, 512, 320, 1, 1, 1, 1)
    packed = gzip.compress(bytes(head) + slab * 80 + b"by Planteroth", compresslevel=1)
    uids = (Identifier(Kind.UID, "UID", f"1.2.826.0.1.{number * 7919}.{number}") for number in range(5000))
    finder = Finder([name("Planteroth"), *uids])
    begin = time.monotonic()
    assert len(list(find_leaks_in_bytes(packed, finder, "x.nii.gz"))) == 1
    assert time.monotonic() - begin < 20
    tracemalloc.start()
    list(find_leaks_in_bytes(packed, finder, "x.nii.gz"))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 420 << 20


def test_what_cannot_be_searched_to_its_end_is_said_after_what_was_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    finder = Finder([name("Planteroth")])
    packed = gzip.compress(b"by Planteroth " + np.random.default_rng(7).integers(0, 9, 30_000, np.uint8).tobytes())
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as writer:
        writer.writestr("a", "nothing")
    nested = b"x"
    for _ in range(9):
        nested = gzip.compress(nested)
    for data in (packed[:-500], packed[:5000] + b"\xff" * 200 + packed[5200:], archive.getvalue()[:-30], nested):
        with pytest.raises(UnreadableError):
            list(find_leaks_in_bytes(data, finder, "x"))
    monkeypatch.setattr(content_module, "_MOST", 1000)
    with pytest.raises(UnreadableError, match="unpacks to more"):
        list(find_leaks_in_bytes(packed, finder, "x"))
    monkeypatch.undo()
    (tmp_path / "in.json").write_text('{"PatientName": "Planteroth"}')
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "a.gz").write_bytes(packed[:-500])
    arguments = ["verify-deidentified", str(tmp_path / "out"), "--against", str(tmp_path / "in.json")]
    assert run(arguments) == 4
    assert "a.gz: the compressed data is cut short" in capsys.readouterr().out
    (tmp_path / "out" / "b.txt").write_text("Planteroth")
    assert run(arguments) == 1


def test_a_leak_in_a_table_is_said_by_line_and_column() -> None:
    finder = Finder([name("Planteroth")])
    table = b'filename,"clinical, notes",age\r\n1.png,"two\nlines, ""quoted"" by Planteroth",47\n'
    (leak,) = find_leaks_in_bytes(table, finder, "metadata.csv")
    assert leak.place == "line 3, column clinical, notes"
    (leak,) = find_leaks_in_bytes(b"a\tPlanteroth\n1\tPlanteroth\n", finder, "x.tsv")
    assert leak.place == "line 1, column 2"  # whose name is the leak
    (leak,) = find_leaks_in_bytes(b'{\n "a": "planteroth"}', finder, "x.json")
    assert leak.place == "line 2"


def test_no_name_of_an_output_is_shown_that_leaks() -> None:
    finder = Finder(map(name, ("Planteroth", "Annegret")))
    assert hide_names("a/b.png", finder) == "a/b.png"
    assert hide_names("Annegret-1/sub/Planteroth.nii.gz", finder) == "***/sub/***.gz"
    assert hide_names("x.Planteroth", finder) == "***"


def test_the_command_masks_names_and_takes_many_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "in.json").write_text('{"PatientName": "Planteroth^Annegret", "PatientID": "QX-0047110"}')
    out = tmp_path / "out"
    (out / "annegret").mkdir(parents=True)
    for number in range(40):
        (out / f"{number:03d}.png").write_bytes(raster("PNG"))
    (out / "annegret" / "Planteroth.png").write_bytes(raster("PNG") + b"\0QX-0047110")
    arguments = ["verify-deidentified", str(out), "--against", str(tmp_path / "in.json"), "--jobs", "2"]
    assert run([*arguments, "--format", "json"]) == 1
    text = capsys.readouterr().out
    report = json.loads(text)
    assert report["outputs"] == 41
    assert report["bytes"] == sum(path.stat().st_size for path in out.rglob("*.png"))
    assert {leak["file"] for leak in report["leaks"]} == {"***/***.png"}
    assert any(leak["place"].startswith("after the image, byte") for leak in report["leaks"])
    assert "planteroth" not in text.casefold()
    assert "annegret" not in text.casefold()
    assert "47110" not in text
