"""Bytes are UTF-8 if those beyond ASCII are, and stand together."""

from __future__ import annotations

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st

from covidcurate.table.foreign import foreign_places, is_utf8

_PIECES = [
    "a",
    "\n",
    "é",
    "漢",
    "😀",
    b"\xc3",
    b"\xa9",
    b"\xe6",
    b"\xbc",
    b"\xff",
    b"\xc0\x80",
    b"\xed\xa0\x80",
    b"\xf0\x9f",
]
_BYTES = st.lists(st.sampled_from(_PIECES), max_size=12).map(
    lambda pieces: b"".join(piece.encode() if isinstance(piece, str) else piece for piece in pieces)
)


@settings(max_examples=500)
@given(raw=_BYTES)
@example(raw=b"\xc3a\xa9")
@example(raw=b"\xe6\xbca\xa2")
@example(raw=b"")
def test_bytes_are_utf8_if_python_can_decode_them(raw: bytes) -> None:
    body = np.frombuffer(raw, np.uint8)
    foreign = foreign_places(body)
    assert foreign.tolist() == [at for at, byte in enumerate(raw) if byte > 127]
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        assert not is_utf8(body, foreign)
    else:
        assert is_utf8(body, foreign)
