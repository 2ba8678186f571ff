"""Open a DICOM file in bounded memory and time, whatever it holds; an error tells where, never what stands there."""

from __future__ import annotations

import logging
import struct
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from covidcurate.errors import NotAnImageError, UnreadableError

if TYPE_CHECKING:
    from pydicom import FileDataset

_DEFLATED = b"1.2.840.10008.1.2.1.99"
_MOST_INFLATED = 1 << 31
"""Bytes that a deflated data set may unpack to."""
MOST_BYTES = 1 << 33
"""Bytes of the largest DICOM file that is opened: 8 GiB."""
_HEAD = 1024
_CHUNK = 1 << 20


def read_dicom(path: Path, *, pixels: bool = True) -> FileDataset:
    """Return the data set of a DICOM file.

    Values are converted when they are asked for, and may then prove broken: ask with
    :mod:`covidcurate.imaging.dicom.header`.

    Parameters
    ----------
    pixels
        Read on to the end; else stop before the pixel data, which is quicker by far.

    Raises
    ------
    UnreadableError
        The file is none, is cut short inside an element, nests deeper than any real one, or unpacks to more than any
        real one. The message has the byte, not the value: that might name a patient.
    """
    return _read(path, pixels=pixels)[0]


def read_header(path: Path) -> tuple[FileDataset, int]:
    """Return the data set of a DICOM file up to its pixel data, and the byte at which that begins.

    Raises
    ------
    UnreadableError
        As :func:`read_dicom`.
    """
    return _read(path, pixels=False)


def _read(path: Path, *, pixels: bool) -> tuple[FileDataset, int]:
    try:
        size = path.stat().st_size
        if not path.is_file():
            raise UnreadableError(f"{path.name}: is no regular file")
        if size > MOST_BYTES:
            raise UnreadableError(f"{path.name}: has {size} bytes, more than any image here ({MOST_BYTES})")
        with path.open("rb") as stream:
            return _parse(stream, path.name, pixels=pixels)
    except OSError as error:
        raise UnreadableError(f"{path.name}: cannot be read: {error.strerror}") from error


def _parse(stream: BinaryIO, name: str, *, pixels: bool) -> tuple[FileDataset, int]:
    import pydicom

    with quiet():
        try:
            _refuse_bomb(stream, name)
            dataset = pydicom.dcmread(stream, stop_before_pixels=not pixels, force=True)
            end = stream.tell()
        except UnreadableError:
            raise
        except Exception as error:
            # Whatever a reader raises, the file is at fault; its words may quote the header.
            raise UnreadableError(
                f"{name}: breaks off as DICOM near byte {_tell(stream)} ({type(error).__name__})"
            ) from error
    if not len(dataset):
        # pydicom gives nothing at all where the end of an element is not to be found.
        raise UnreadableError(f"{name}: is cut short in the middle of an element, or holds none")
    if "DirectoryRecordSequence" in dataset:
        raise NotAnImageError(f"{name}: is a DICOMDIR, an index of files and no image")
    if "SOPClassUID" not in dataset and "Rows" not in dataset and "Modality" not in dataset:
        raise UnreadableError(f"{name}: is no DICOM image: it has neither a SOP class nor a modality nor rows")
    return dataset, end


class _Quiet:
    """Whether pydicom has been told to be quiet, by how many callers at once."""

    depth = 0


@contextmanager
def quiet() -> Iterator[None]:
    """Let pydicom convert what does not follow the standard without a word: its words may quote a patient.

    Inside of another it costs nothing, so that whoever asks for many values wraps them all in one.
    """
    if _Quiet.depth:
        yield
        return
    from pydicom import config

    before = config.settings.reading_validation_mode
    config.settings.reading_validation_mode = config.IGNORE
    # It logs beside warning, and would be heard on standard error.
    for library in ("pydicom", "pylibjpeg", "openjpeg"):
        logging.getLogger(library).setLevel(logging.CRITICAL + 1)
    _Quiet.depth += 1
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        _Quiet.depth -= 1
        config.settings.reading_validation_mode = before


def _refuse_bomb(stream: BinaryIO, name: str) -> None:
    """Unpack a deflated data set piece by piece, keeping nothing, and refuse one that grows out of all reason.

    pydicom would unpack it whole.
    """
    start = stream.tell()
    head = stream.read(_HEAD)
    if head[128:132] == b"DICM" and _DEFLATED in head:
        # The length of the meta information is the value of its first element, (0002,0000).
        (length,) = struct.unpack_from("<I", head, 140)
        stream.seek(start + 144 + length)
        unpacker, total = zlib.decompressobj(-zlib.MAX_WBITS), 0
        chunk = stream.read(_CHUNK)
        while chunk:
            total += len(unpacker.decompress(chunk, _CHUNK))
            if total > _MOST_INFLATED:
                raise UnreadableError(f"{name}: unpacks to more than {_MOST_INFLATED} bytes")
            chunk = unpacker.unconsumed_tail or (b"" if unpacker.eof else stream.read(_CHUNK))
    stream.seek(start)


def _tell(stream: BinaryIO) -> int:
    try:
        return stream.tell()
    except (OSError, ValueError):
        return 0
