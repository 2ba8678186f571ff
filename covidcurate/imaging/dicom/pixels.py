"""Decode the pixels of a DICOM image frame by frame, each checked against the header before a decoder sees it."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from covidcurate.errors import ConfigError, UnreadableError
from covidcurate.imaging.dicom.header import make_uid
from covidcurate.imaging.dicom.layout import PixelLayout, read_layout
from covidcurate.imaging.dicom.read import quiet

if TYPE_CHECKING:
    import numpy
    from pydicom import FileDataset

    Pixels = numpy.ndarray[Any, numpy.dtype[Any]]

_SOF = {*range(0xC0, 0xD0), 0xF7} - {0xC4, 0xC8, 0xCC}
"""JPEG markers that begin a frame header; 0xF7 is that of JPEG-LS."""
_CODECS = "pip install 'covidcurate[codecs]'"


def decode_frames(
    dataset: FileDataset, layout: PixelLayout | None = None, indices: Iterable[int] | None = None
) -> Iterator[Pixels]:
    """Yield frames in the order asked for: rows x columns, or rows x columns x 3 for color, which comes as RGB.

    Palette images come as indices. Bits above those that are stored, where overlays and dirt live, are gone.

    Raises
    ------
    UnreadableError
        The pixel data is shorter than the header says, contradicts it, or cannot be decoded.
    ConfigError
        The decoder is not installed; the remedy names the extra that has it.
    """
    layout = layout or read_layout(dataset)
    wanted = range(layout.frames) if indices is None else indices
    for index in wanted:
        if not 0 <= index < layout.frames:
            raise UnreadableError(f"it has {layout.frames} frames, so there is no frame {index + 1}")
        if layout.is_native and layout.samples == 1:
            yield _decode_native(dataset, layout, index)
        else:
            yield _decode(dataset, layout, index)


def _decode_native(dataset: FileDataset, layout: PixelLayout, index: int) -> Pixels:
    """Return a frame of one sample a pixel that is not compressed."""
    import numpy

    data = pixel_bytes(dataset, layout)
    count = layout.rows * layout.columns
    if len(data) * 8 < layout.frame_bits * (index + 1):
        needed = -(-layout.frame_bits * layout.frames // 8)
        raise UnreadableError(f"its pixel data is cut short: {len(data)} bytes, where the header asks for {needed}")
    if layout.allocated == 1:
        first = count * index
        bits = numpy.unpackbits(
            numpy.frombuffer(data, numpy.uint8)[first // 8 : (first + count + 7) // 8], bitorder="little"
        )
        return bits[first % 8 : first % 8 + count].reshape(layout.rows, layout.columns)
    kind = "u" if layout.keyword == "PixelData" else "f"
    kind = "i" if layout.signed and kind == "u" else kind
    order = ">" if layout.big_endian else "<"
    size = layout.allocated // 8
    if layout.big_endian and size == 1 and get_vr(dataset) == "OW":
        # Bytes of 8-bit pixels lie swapped in big endian words.
        data = numpy.frombuffer(data[: len(data) // 2 * 2], ">u2").astype("<u2").tobytes()
    frame = numpy.frombuffer(data, f"{order}{kind}{size}", count, index * count * size)
    frame = frame.astype(frame.dtype.newbyteorder("="), copy=False).reshape(layout.rows, layout.columns)
    return frame if kind == "f" else _without_unused_bits(frame, layout)


def get_vr(dataset: FileDataset) -> str:
    """Return the value representation of the pixel data: ``OB`` or ``OW``."""
    with quiet():
        return str(dataset["PixelData"].VR)


def _without_unused_bits(frame: Pixels, layout: PixelLayout) -> Pixels:
    """Return stored values without what lies in the bits above and below them, the sign extended."""
    above = layout.allocated - 1 - layout.high_bit
    below = layout.high_bit + 1 - layout.stored
    if above == below == 0:
        return frame
    return (frame << above) >> (above + below)


def pixel_bytes(dataset: FileDataset, layout: PixelLayout) -> bytes:
    """Return the pixel data as it stands in the file.

    Raises
    ------
    UnreadableError
        It cannot be read, or is no bytes.
    """
    with quiet():
        try:
            data = dataset[layout.keyword].value
        except Exception as error:
            raise UnreadableError(f"its pixel data cannot be read ({type(error).__name__})") from error
    if not isinstance(data, bytes):
        raise UnreadableError("its pixel data is no bytes")
    return data


def _decode(dataset: FileDataset, layout: PixelLayout, index: int) -> Pixels:
    """Decode a frame with pydicom and the decoders that it finds."""
    from pydicom.pixels.decoders.base import get_decoder

    name = name_of_syntax(layout.syntax)
    if not is_decodable(layout.syntax):
        raise ConfigError(
            f"its pixels are {name}, for which no decoder is installed",
            remedy=f"Install the decoders with: {_CODECS}",
        )
    if not layout.is_native:
        _check_codestream(dataset, layout, index)
    with quiet():
        try:
            # pydicom takes the syntax from the file; one that does not say is decoded as it was read.
            frame, _ = get_decoder(make_uid(layout.syntax)).as_array(dataset, index=index, raw=False)
        except Exception as error:
            if layout.syntax == "1.2.840.10008.1.2.4.51":
                raise ConfigError(
                    "its pixels are 12-bit JPEG Extended, which no decoder that is installed can read",
                    remedy="pylibjpeg-libjpeg can (GPL-3.0): pip install pylibjpeg-libjpeg",
                ) from error
            raise UnreadableError(f"frame {index + 1} does not decode as {name} ({type(error).__name__})") from error
    return frame


def is_decodable(syntax: str) -> bool:
    """Whether pixels in a transfer syntax can be decoded with what is installed."""
    from pydicom.pixels.decoders.base import get_decoder

    with quiet():
        try:
            return bool(get_decoder(make_uid(syntax)).is_available)
        except NotImplementedError:
            return False


def name_of_syntax(uid: str) -> str:
    """Return the name of a UID of the standard, such as ``JPEG 2000 Image Compression``.

    What the standard does not know is not repeated: anything may stand in its place.
    """
    known = make_uid(uid)
    return str(known.name) if known.name != uid else "unknown to the standard"


def _check_codestream(dataset: FileDataset, layout: PixelLayout, index: int) -> None:
    """Refuse a compressed frame whose own header claims another size: decoders allocate by that one.

    Raises
    ------
    UnreadableError
        The frame is not there, or it contradicts the header of the file.
    """
    from pydicom.encaps import get_frame

    with quiet():
        try:
            data = get_frame(pixel_bytes(dataset, layout), index, number_of_frames=layout.frames)
        except UnreadableError:
            raise
        except Exception as error:
            raise UnreadableError(f"frame {index + 1} is not there: its pixel data is cut short") from error
    size = _codestream_size(data)
    if size and size != (layout.columns, layout.rows):
        raise UnreadableError(
            f"frame {index + 1} is {size[0]} x {size[1]} pixels, but the header says {layout.columns} x {layout.rows}"
        )


def _codestream_size(data: bytes) -> tuple[int, int] | None:
    """Return columns and rows by a JPEG, JPEG-LS or JPEG 2000 header; None if it has none of these."""
    start = data.find(b"\xff\x4f\xff\x51", 0, 4096)
    try:
        if start >= 0:
            # SIZ: length, capabilities, then the far corner and the offset of the image.
            right, bottom, left, top = struct.unpack_from(">4I", data, start + 8)
            return right - left, bottom - top
        position = 2 if data.startswith(b"\xff\xd8") else len(data)
        while position < len(data):
            marker, length = struct.unpack_from(">xBH", data, position)
            if marker in _SOF:
                rows, columns = struct.unpack_from(">2H", data, position + 5)
                return columns, rows
            position += 1 if marker == 0xFF else 2 + length
    except struct.error:
        pass
    return None
