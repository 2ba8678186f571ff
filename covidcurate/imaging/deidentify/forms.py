"""Whether the value of an attribute can be what the attribute is there for: a number, a term, a name of a machine.

Free text is never kept. Words are looked up in ``vocabulary.txt``, so that nobody's name passes for a code.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from pathlib import Path

from covidcurate.imaging.deidentify.allowed import TABLES
from covidcurate.imaging.deidentify.substitutes import is_standard

_FILE = Path(__file__).with_name("vocabulary.txt")
_LETTERS = re.compile(rb"[A-Za-z]+")
_DIGITS = re.compile(rb"[0-9]+")
_SHORTEST_WORD = 3
_ZEROS = b"\x00 "
_TEXT = re.compile(rb"[\x20-\x7e]{6,}\x00?")
_MOST_IN_A_LIST = 1 << 20

# Number of bytes, and of values where the dictionary does not bound them.
_SIZES = {"US": 2, "SS": 2, "UL": 4, "SL": 4, "FL": 4, "AT": 4, "FD": 8, "UV": 8, "SV": 8}
_DECIMAL = re.compile(rb"[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]{1,3})?")
_INTEGER = re.compile(rb"[-+]?[0-9]{1,12}")
# Decimal strings longer than the standard allows are what many devices write for positions.
_LONGEST_DECIMAL = 32
_LONGEST_WITHOUT_POINT = 12

_SETS = {"CS": re.compile(rb"[A-Z0-9_ ]*"), "SH": re.compile(rb"[A-Za-z0-9_.+/ -]*"),
         "LO": re.compile(rb"[A-Za-z0-9_.+/&(), -]*")}  # fmt: skip
_LONGEST = {"CS": 16, "SH": 16, "LO": 64}
_MOST_DIGITS = {"CS": 8, "SH": 6, "LO": 6}
_LONGEST_RUN = 4
_BY_KEYWORD = {
    "PatientSex": re.compile(rb"[MFO]?"),
    "PatientAge": re.compile(rb"([0-9]{3}[DWMY])?"),
    "StackID": re.compile(rb"[0-9]{1,4}"),
    "SpecificCharacterSet": re.compile(rb"(ISO_IR [0-9]{1,3}|ISO 2022 IR [0-9]{1,3}|GB18030|GBK)?"),
    "LossyImageCompressionMethod": re.compile(rb"ISO_[0-9]{5}_[0-9]{1,3}"),
    "RescaleType": re.compile(rb"(HU|HU_MOD|US|OD|PCT|MGML|Z_EFF|ED|EDW|PCT_?[A-Z]{0,4}|US or SS)?"),
    "ModalityLUTType": re.compile(rb"(HU|HU_MOD|US|OD|MGML|Z_EFF|ED|EDW)?"),
}


@cache
def read_vocabulary() -> frozenset[bytes]:
    """Return the words that coded strings may hold, in capitals."""
    lines = _FILE.read_bytes().splitlines()
    return frozenset(word for line in lines if not line.startswith(b"#") for word in line.split())


def is_in_form(keyword: str, vr: str, value: bytes, multiplicity: str = "1-n") -> bool:
    """Whether the bytes of a value can be what its attribute is there for.

    Parameters
    ----------
    multiplicity
        How many values it may have, as the dictionary of DICOM says it.
    """
    most = multiplicity.rpartition("-")[2]
    if vr in _SIZES:
        count = int(most) if most.isdigit() else _MOST_IN_A_LIST
        return len(value) <= count * _SIZES[vr] and (count * _SIZES[vr] <= 8 or _TEXT.fullmatch(value) is None)
    if vr in TABLES:
        return True
    parts = [part.strip(_ZEROS) for part in value.split(b"\\")]
    if most.isdigit() and len(parts) > int(most):
        return False
    return all(is_part_in_form(keyword, vr, part) for part in parts)


def is_part_in_form(keyword: str, vr: str, part: bytes) -> bool:
    """Whether one of several values of a string can be what its attribute is there for."""
    pattern = _BY_KEYWORD.get(keyword)
    if pattern is not None:
        return pattern.fullmatch(part) is not None
    if not part:
        return True
    if vr == "IS":
        return _INTEGER.fullmatch(part) is not None
    if vr == "DS":
        longest = _LONGEST_DECIMAL if b"." in part else _LONGEST_WITHOUT_POINT
        return len(part) <= longest and _DECIMAL.fullmatch(part) is not None
    if vr == "UI":
        return is_standard(part.decode("latin-1"))
    if vr in _SETS:
        return len(part) <= _LONGEST[vr] and _SETS[vr].fullmatch(part) is not None and _is_known(part, _MOST_DIGITS[vr])
    return False


@lru_cache(4096)
def _is_known(part: bytes, most_digits: int) -> bool:
    """Whether all words of a value are in the vocabulary, and its digits too few for a number that identifies."""
    runs = _DIGITS.findall(part)
    if sum(map(len, runs)) > most_digits or any(len(run) > _LONGEST_RUN for run in runs):
        return False
    return all(len(word) < _SHORTEST_WORD or is_term(word) for word in _LETTERS.findall(part))


def is_term(word: bytes) -> bool:
    """Whether a word is one of the vocabulary."""
    return word.upper() in read_vocabulary()
