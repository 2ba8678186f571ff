"""Rules on the text of any cell."""

from __future__ import annotations

import re
from collections.abc import Iterator

from covidcurate.model import Fix, Severity
from covidcurate.rules.registry import Finding, Scope, rule
from covidcurate.spec import Column, ColumnType, Specification
from covidcurate.words import counted, is_formula

_CONTROL = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\xad\u061c\u115f\u1160\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164"
    "\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e007f]"
)
_WIDTHLESS = re.compile("[\xad\u200b\u2060\ufeff]")
# UTF-8 read as Windows-1252 and saved again: a lead byte as a capital with a mark, then a continuation byte.
_CONTINUATION = "".join(bytes([byte]).decode("cp1252", "ignore") or chr(byte) for byte in range(0x80, 0xC0))
_LETTER = f"[\xc2-\xf4][{re.escape(_CONTINUATION)}]+"
# Written twice, since a pattern that begins with a set of letters is searched for ten times as fast as a repetition.
MOJIBAKE = re.compile(f"{_LETTER}(?:{_LETTER})*")

# A question may be followed by a sentence without a blank, but then that begins with a capital.
_QUESTION = re.compile(r"(?<=[0-9])\?(?=[A-Za-z0-9])|(?<=[A-Za-z])\?(?=[a-z0-9])|(?<=[A-Z])\?(?=[A-Z])")
_MEANT = {"\xba": "\xb0", "\u02da": "\xb0", "\xb4": "\xd7"}
_LOOKALIKE = re.compile("(?:(?<=[0-9])|(?<=[0-9] ))[\xba\u02da](?= ?[CF]\\b)|(?<=[0-9])\xb4(?=[0-9])")

# Sound text can by chance be the bytes of one letter of a far script: a German sharp s before a quote, or an accent
# before two. So of far scripts only runs count, apart from the dashes, quotes and signs of Western text.
_USUAL = re.compile("[\u00a0-\u024f\u0391-\u03c9\u0410-\u044f\u2000-\u22ff]+|[\u0800-\U0010ffff]{2,}")


@rule(
    "TEXT-FFFD",
    Severity.WARNING,
    Scope.CELL,
    remedy="Look the text up at its source and enter it again.",
    plain_is_fine=True,
)
def check_replacement(text: str, column: Column, _: Specification) -> Iterator[Finding]:
    """A character was lost.

    U+FFFD stands where a program could not read a letter, mostly an umlaut, an accent or a dash. What stood there
    cannot be computed, but where the same word stands intact elsewhere in the table, and in one way only, that is
    offered.
    """
    count = text.count("\ufffd")
    if count:
        place = text.index("\ufffd")
        around = text[max(0, place - 12) : place + 13]
        # A fix that changes nothing waits for the rest of the table; see covidcurate.rules.twins.
        fix = _fix(text, column, "")
        yield Finding(f"{counted(count, 'lost character')} (U+FFFD), the first in {around!r}", fix=fix)


@rule("TEXT-MOJIBAKE", Severity.WARNING, Scope.CELL, remedy="Enter the text again.", plain_is_fine=True)
def check_mojibake(text: str, column: Column, __: Specification) -> Iterator[Finding]:
    """Letters were read in the wrong encoding.

    UTF-8 that was taken for Windows-1252 shows an umlaut as two characters. It is only reported where turning it
    back gives sound text.
    """
    for match in MOJIBAKE.finditer(text):
        repaired = _turned_back(match)
        if repaired == match[0]:
            continue
        fix = _fix(MOJIBAKE.sub(_turned_back, text), column, "whether it was read wrongly, the source alone tells")
        message = f"{match[0]!r} looks like {repaired!r} read in the wrong encoding"
        yield Finding(message, f"Write {repaired!r}.", fix=fix)
        return


def _turned_back(match: re.Match[str]) -> str:
    """Return what stood there before it was read in the wrong encoding; the text itself where that is not certain."""
    try:
        # Five bytes have no character in Windows-1252; programs pass them through as controls.
        raw = b"".join(
            char.encode("cp1252") if ord(char) > 0xFF or not 0x80 <= ord(char) < 0xA0 else bytes([ord(char)])
            for char in match[0]
        )
        repaired = raw.decode("utf-8")
    except (UnicodeEncodeError, UnicodeDecodeError):
        return match[0]
    return match[0] if _USUAL.fullmatch(repaired) is None else repaired


def _fix(text: str, column: Column, unsafe: str) -> Fix | None:
    """Return the fix of a cell's text; none for a file name, since the file has the same characters in its name."""
    return None if column.type is ColumnType.FILENAME else Fix(text, unsafe)


@rule(
    "TEXT-SPACE", Severity.WARNING, Scope.CELL, remedy="Remove the blanks at the edges of the cell.", plain_is_fine=True
)
def check_outer_blanks(text: str, _: Column, __: Specification) -> Iterator[Finding]:
    """A cell begins or ends with a blank.

    It cannot be seen, and makes two equal values different.
    """
    stripped = text.strip()
    if stripped != text:
        message = "the cell holds nothing but blanks" if not stripped else "the cell has blanks at an edge"
        yield Finding(message, fix=Fix(stripped))


@rule("TEXT-CONTROL", Severity.WARNING, Scope.CELL, remedy="Remove the character.", plain_is_fine=True)
def check_control(text: str, column: Column, __: Specification) -> Iterator[Finding]:
    """A cell holds a control character or one that has no width.

    It cannot be seen, and some programs stop reading at it.
    """
    match = _CONTROL.search(text)
    if match:
        # Others say how letters join or which way they run, or stand where a line broke.
        rest = _WIDTHLESS.sub("", text)
        fix = None if _CONTROL.search(rest) else _fix(rest, column, "it may stand where a word could be broken")
        yield Finding(f"the character U+{ord(match[0]):04X} cannot be seen", fix=fix)


@rule(
    "TEXT-QUESTION",
    Severity.WARNING,
    Scope.CELL,
    applies=lambda column: column.type is ColumnType.TEXT and column.pattern is None,
    remedy="Look the text up at its source and enter it again.",
    plain_is_fine=True,
    inside="?",
)
def check_question(text: str, _: Column, __: Specification) -> Iterator[Finding]:
    """A question mark stands within a word or a number.

    A program that could not write a letter or a sign in the encoding it was asked for put it there. What stood there
    cannot be computed.
    """
    if "?" not in text:
        return
    places = [match.start() for match in _QUESTION.finditer(text) if not _is_address(text, match.start())]
    if places:
        around = text[max(0, places[0] - 12) : places[0] + 13]
        yield Finding(f"{counted(len(places), 'lost character')} (?), the first in {around!r}")


def _is_address(text: str, place: int) -> bool:
    """Whether a character belongs to the address of a page, in which a question mark leads what is asked for."""
    start = max(text.rfind(" ", 0, place), text.rfind("\n", 0, place)) + 1
    return any(sign in text[start:place] for sign in ("/", "www."))


@rule(
    "TEXT-SIGN",
    Severity.INFO,
    Scope.CELL,
    applies=lambda column: column.type is ColumnType.TEXT,
    remedy="Write the sign that is meant.",
    plain_is_fine=True,
)
def check_signs(text: str, _: Column, __: Specification) -> Iterator[Finding]:
    """A sign stands for another that looks like it.

    A raised o or a ring is not a degree, and an accent between numbers is no multiplication sign: who searches the
    notes for temperatures or counts misses those.
    """
    # To ask for each sign costs much less than to look for a number before each letter.
    match = _LOOKALIKE.search(text) if any(sign in text for sign in _MEANT) else None
    if match:
        new = _LOOKALIKE.sub(lambda found: _MEANT[found[0]], text)
        # An accent is all that is left of a sign that was lost; a raised o is what a keyboard has.
        unsafe = (
            "what the accent was is a guess from the numbers beside it" if "\xb4" in _LOOKALIKE.findall(text) else ""
        )
        message = (
            f"{match[0]!r} in {text[max(0, match.start() - 8) : match.end() + 6]!r} looks like {_MEANT[match[0]]!r}"
        )
        yield Finding(message, f"Write {_MEANT[match[0]]!r}.", fix=Fix(new, unsafe))


@rule(
    "TEXT-FORMULA",
    Severity.WARNING,
    Scope.CELL,
    # A column with a pattern has its own say about how its cells begin.
    applies=lambda column: column.type is ColumnType.TEXT and column.pattern is None,
    remedy="Begin the cell with a word: a spreadsheet program takes it for a formula.",
    plain_is_fine=True,
    edges="=+-@",
)
def check_formula(text: str, _: Column, __: Specification) -> Iterator[Finding]:
    """A text begins as a formula.

    A spreadsheet program that opens the file computes it, shows an error in place of the text, and saves that; a
    formula from outside can also fetch and send. Numbers and a lone hyphen are well.
    """
    word = text.strip()
    if is_formula(word):
        yield Finding(f"a spreadsheet program takes {word[:40]!r} for a formula, since it begins with {word[0]!r}")


@rule(
    "TEXT-SPILL",
    Severity.WARNING,
    Scope.CELL,
    applies=lambda column: column.name == "",
    remedy="Move the text to the column it belongs to.",
)
def check_spill(text: str, _: Column, __: Specification) -> Iterator[Finding]:
    """The unnamed last column holds text.

    It has spilled over from another column, so readers of that column miss it.
    """
    if text.strip():
        yield Finding("text stands in the unnamed column")
