"""What bytes that are not UTF-8 can be, and what is said about them; all texts are made up."""

from __future__ import annotations

import pytest

from covidcurate.rules import check_table
from covidcurate.rules.encoding import Reading, read_bad_bytes
from covidcurate.spec import load_specification
from covidcurate.table import TableReader


def readings(*lines: bytes) -> list[Reading]:
    with TableReader(b"\n".join([b"a,b", *lines]) + b"\n") as reader:
        list(reader)
        return read_bad_bytes(reader.bad_bytes, reader.read_again)


def remedies(*lines: bytes) -> list[tuple[str, str]]:
    with TableReader(b"\n".join([b"filename,location", *lines]) + b"\n") as reader:
        report, _ = check_table(reader, load_specification())
    return [(issue.message, issue.remedy) for issue in report.issues if issue.code == "CSV-ENCODING"]


@pytest.mark.parametrize(
    ("line", "certain"),
    [
        (b"1,M\xfcnchen", "ü"),
        (b"1,38 \xb0C", "°"),
        (b"1,report:\xa0Made", "\u00a0"),
        (b"1,2019\x962020", "\u2013"),
        (b"1,M\xfcnchen 38 \xb0C and S\xe3o", ""),  # in Central Europe another letter
        (b"1,K\xe4se", ""),  # under DOS another letter
        (b"1,K\xe4se in M\xfcnchen", "äü"),  # which the second makes no sense of
        (b"1,M\x9fnchen", ""),  # on a Macintosh, but another letter in Central Europe
        (b"1,M\x9fnchen \xa1C", "ü°"),
        (b"1,MA\xdcE", "Ü"),
        (b"1,M\x81nchen", "ü"),  # under DOS
        (b"1,3\xa1\xad\xff\x80?06/L", ""),
        (b"1,\xe4", ""),
        (b"1,small\xc4letter", ""),
    ],
)
def test_bytes_are_certain_where_the_encodings_that_make_sense_agree(line: bytes, certain: str) -> None:
    (reading,) = readings(line)
    assert reading.certain == certain


def test_one_line_tells_the_encoding_of_another() -> None:
    first, second = readings(b"1,K\xe4se", b"2,M\xfcnchen")
    assert (first.certain, second.certain) == ("ä", "ü")


def test_a_line_of_another_encoding_than_most_is_not_certain() -> None:
    *_, last = readings(b"1,M\xfcnchen", b"2,B\xfccher", b"3,M\x81nchen")
    assert last == Reading({"cp850": "ü"})


def test_the_same_word_outweighs_the_encodings() -> None:
    (reading,) = readings(b"1,S\xe3o", "2,São".encode())
    assert reading.certain == "ã"
    (reading,) = readings(b"1,S\xe3o", "2,São Săo".encode())
    assert reading.certain == ""


def test_an_intact_word_that_no_encoding_writes_so_says_nothing() -> None:
    (reading,) = readings(b"1,S\xe3o", "2,Sùo".encode())
    assert reading.certain == ""


def test_to_convert_the_file_is_advised_only_where_no_line_is_utf8() -> None:
    ((_, remedy),) = remedies(b"1.png,S\xe3o")
    assert "iconv -f WINDOWS-1252 -t UTF-8" in remedy
    ((message, remedy),) = remedies(b"1.png,S\xe3o", "2.png,München".encode())
    assert "as Windows-1252 it is 'ã', as Windows-1250 it is 'ă'" in message
    assert "iconv" not in remedy
    assert "line 3 is UTF-8" in remedy


def test_what_cannot_be_seen_is_named() -> None:
    ((message, remedy),) = remedies(b"1.png,report:\xa0Made")
    assert "it is U+00A0" in message
    assert remedy == "Write U+00A0 for it."
