"""The content of a candidate's file: opened to its end, and made into what may enter a dataset."""

from __future__ import annotations

import hashlib
import io
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from covidcurate.dataset.ahead import Ahead, write_ahead
from covidcurate.dedupe.pictures import fingerprint_of
from covidcurate.duplicates import Fingerprint
from covidcurate.errors import PolicyError, UnreadableError
from covidcurate.imaging import FileType, find_metadata, verify_image, without_metadata
from covidcurate.imaging.burned_in import TextKind, find_text, summarize
from covidcurate.imaging.deidentify.kinds import notes_on, refuse_burned_in
from covidcurate.imaging.dicom.build import build_volume
from covidcurate.imaging.dicom.read import read_dicom
from covidcurate.imaging.dicom.render import render_frames
from covidcurate.imaging.filetype import HEAD, sniff
from covidcurate.imaging.film import read_film
from covidcurate.imaging.leaks import Identifier
from covidcurate.imaging.nifti_write import write_nifti
from covidcurate.imaging.picture import Encoding, Picture, encode_picture, to_8_bits
from covidcurate.imaging.raster import read_raster
from covidcurate.ingest.candidates import Candidate
from covidcurate.ingest.header import read_header_values
from covidcurate.ingest.identity import require_no_leak
from covidcurate.model import Value
from covidcurate.spec.views import Views


@dataclass(frozen=True, slots=True)
class Content:
    """What was learned by opening a file; digests and sizes in bytes, as found and as it would enter.

    ``source`` is what was found, ``kind`` what it enters as; ``values`` are those that a DICOM header states.
    """

    kind: FileType
    orientation: int
    sha256: str
    clean_sha256: str
    clean_size: int
    size: int
    removed: tuple[str, ...]
    source: FileType = FileType.UNKNOWN
    values: Mapping[str, Value] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()
    waiting: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Opening:
    """How candidates are opened: the words of the specification for what headers state, and what else is to be done.

    ``ahead`` is a folder in which what would enter is written at once, while its bytes are in hand.
    """

    views: Views
    check_pixels: bool = False
    ahead: Path | None = None


@dataclass(frozen=True, slots=True)
class Opened:
    """What was learned of a candidate, and what a cache may keep of its files: digests, and a picture's fingerprint.

    ``ahead`` is the file with what would enter, where that was written.
    """

    content: Content
    digests: Mapping[Path, bytes]
    fingerprint: Fingerprint | None = None
    ahead: Ahead | None = None


def open_candidate(candidate: Candidate, opening: Opening) -> Opened:
    """Verify a candidate's file or files, and see what would enter; a picture is read and decoded but once.

    Raises
    ------
    UnreadableError
        A file is broken, or not the one whose digest is recorded.
    PolicyError
        It must not enter: text is burned into it, or an identity of its header stands in what would enter.
    """
    data, digests, size = _read(candidate)
    source = sniff(data[:HEAD]) if not candidate.parts else FileType.DICOM
    if source.is_raster:
        clean, opened = _open_film(candidate, opening, data, source, digests)
    elif source is FileType.DICOM:
        clean, opened = _open_dicom(candidate, opening, size, digests)
    else:
        kind = verify_image(candidate.path)
        clean = without_metadata(data, kind)
        removed = find_metadata(candidate.path, kind)
        digest = digests[candidate.path].hex()
        opened = Opened(Content(kind, 1, digest, _sha256(clean), len(clean), size, removed, source), digests)
    # Nothing is written but what may enter: whatever stands against it was raised before.
    return opened if opening.ahead is None else replace(opened, ahead=write_ahead(opening.ahead, clean))


def _open_film(
    candidate: Candidate, opening: Opening, data: bytes, kind: FileType, digests: Mapping[Path, bytes]
) -> tuple[bytes, Opened]:
    film = read_film(data, kind, candidate.path.name)
    clean = without_metadata(data, kind, film.orientation, film.parts)
    digest = digests[candidate.path].hex()
    clean_digest = digest if clean is data else _sha256(clean)
    waiting = _read_pixels(clean, kind, []) if opening.check_pixels else ()
    content = Content(
        kind, film.orientation, digest, clean_digest, len(clean), len(data), film.metadata, kind, waiting=waiting
    )
    return clean, Opened(content, digests, fingerprint_of(film.thumbnail) if film.thumbnail is not None else None)


def _open_dicom(
    candidate: Candidate, opening: Opening, size: int, digests: Mapping[Path, bytes]
) -> tuple[bytes, Opened]:
    clean, kind, remarks = _convert(candidate)
    _verify(clean, kind)
    identifiers = require_no_leak(candidate, clean)
    waiting = _read_pixels(clean, kind, identifiers) if opening.check_pixels and kind.is_raster else ()
    values = read_header_values(candidate.files[0], opening.views)
    digest = _digest_of_all(candidate, digests)
    dicom = FileType.DICOM
    content = Content(kind, 1, digest, _sha256(clean), len(clean), size, (), dicom, values, tuple(remarks), waiting)
    return clean, Opened(content, digests)


def clean_bytes(candidate: Candidate, content: Content) -> bytes | Path:
    """Return the bytes with which a file enters the dataset, or the file itself where it enters as it is.

    They are yet to be held against the digest of ``content``.

    Raises
    ------
    UnreadableError
        The file is not the one that ``content`` was learned from.
    """
    if not candidate.parts and content.clean_sha256 == content.sha256:
        return candidate.path
    data, digests, _ = _read(candidate)
    if _digest_of_all(candidate, digests) != content.sha256:
        raise UnreadableError(f"{candidate.shown}: was changed while the run was at work", remedy="Run it again.")
    if content.source is FileType.DICOM:
        return _convert(candidate)[0]
    return without_metadata(data, content.kind, content.orientation)


def _read(candidate: Candidate) -> tuple[bytes, dict[Path, bytes], int]:
    """Return the bytes of a single file (none of several), the digest of each, and their size; digests are checked."""
    digests, size, data = {}, 0, b""
    for path, recorded in [(part.path, part.sha256) for part in candidate.parts] or [
        (candidate.path, candidate.sha256)
    ]:
        data = path.read_bytes()
        digests[path] = hashlib.sha256(data).digest()
        _require_digest(path, digests[path].hex(), recorded)
        size += len(data)
    return b"" if candidate.parts else data, digests, size


def _digest_of_all(candidate: Candidate, digests: Mapping[Path, bytes]) -> str:
    """Return the digest of a single file, or that of the digests of several."""
    if not candidate.parts:
        return digests[candidate.path].hex()
    return _sha256("".join(digests[part.path].hex() for part in candidate.parts).encode())


def _require_digest(path: Path, found: str, recorded: str) -> None:
    if recorded and recorded != found:
        raise UnreadableError(
            f"{path.name}: its digest is not the one that case.json records", remedy="Get the file again."
        )


def _convert(candidate: Candidate) -> tuple[bytes, FileType, list[str]]:
    """Return the file that DICOM becomes: PNG of 8 bits, or a volume."""
    if candidate.volume is not None:
        volume = build_volume(candidate.volume)
        stream = io.BytesIO()
        write_nifti(stream, volume)
        count = len(candidate.parts)
        return stream.getvalue(), FileType.NIFTI_GZIP, [f"made of {count} DICOM files", *volume.notes]
    dataset = read_dicom(candidate.path)
    refuse_burned_in(dataset, remedy="Blacken the text, and say so in the header.")
    frames = list(render_frames(dataset))
    if len(frames) > 1:
        raise UnreadableError(
            f"has {len(frames)} frames, of which it is not known which is meant",
            remedy="Convert it with covidcurate convert --frame N.",
        )
    remarks = ["made of DICOM", *notes_on(dataset)]
    frame = frames[0]
    encoded = encode_picture(Picture(frame.pixels, frame.height_over_width, "", tuple(frame.notes)), Encoding("png", 8))
    return encoded.data, FileType.PNG, remarks + encoded.notes


def _verify(data: bytes, kind: FileType) -> None:
    """Open what was made to its end, as anything that enters."""
    with tempfile.NamedTemporaryFile(suffix=kind.extensions[0]) as stream:
        stream.write(data)
        stream.flush()
        if verify_image(Path(stream.name)) is not kind:
            raise UnreadableError("it became something else than it should have")


def _read_pixels(data: bytes, kind: FileType, identifiers: list[Identifier]) -> tuple[str, ...]:
    """Return what a person has to look at, as text is burned into the pixels.

    Raises
    ------
    PolicyError
        The text is one that identifies somebody in the header.
    """
    with tempfile.NamedTemporaryFile(suffix=kind.extensions[0]) as stream:
        stream.write(data)
        stream.flush()
        pixels = next(read_raster(Path(stream.name))).pixels
    boxes = find_text(to_8_bits(pixels), [one.value for one in identifiers if one.personal])
    if any(one.kind is TextKind.IDENTITY for one in boxes):
        raise PolicyError(
            "a text in its pixels is one that identifies somebody in its header",
            remedy="Blacken it first: covidcurate deidentify --mask.",
        )
    return tuple(filter(None, (summarize(boxes),)))


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
