"""Synthetic files with a word that stands nowhere else (a canary) in each place that can carry a text.

Each maker returns the bytes of a file and its canaries. A canary is a word of letters, or a day in the year 2031 as it
stands there. ``MAKERS`` has them all by the name of a file that fits.
"""

from __future__ import annotations

import gzip
import io
import json
import struct
import zlib
from collections.abc import Callable
from typing import Any

import nibabel
from PIL import Image

from tests.imaging.synthetic_images import (
    chunk,
    icc_profile,
    insert_after_header,
    insert_after_start,
    insert_before_end,
    nifti,
    raster,
    segment,
)

Made = tuple[bytes, list[str]]
ICC = "WexelIccDescr"
"""The canary in color profiles, which are kept for the colors' sake: to be found, but no identity of its own."""
_ASCII, _LONG, _UNDEFINED, _BYTE = 2, 4, 7, 1


def _profile() -> bytes:
    """Return a color profile that is described by a canary as long as its own description."""
    old = "sRGB built-in".encode("utf-16-be")
    assert old in icc_profile()
    return icc_profile().replace(old, ICC.encode("utf-16-be"))


def tiff_block(word: str, *, thumbnail: bool = True) -> Made:
    """Return EXIF: texts in its main, its photographic and its thumbnail directory, and in the thumbnail itself."""
    names = [
        f"Wexel{word}{place}" for place in ("Artist", "Description", "XpAuthor", "UserComment", "ThumbnailComment")
    ]
    artist, description, author, comment, inner = names
    small = insert_after_start(raster("JPEG", size=(8, 8)), segment(0xFE, inner.encode()))
    main = [
        (0x010E, _ASCII, description.encode() + b"\0"),
        (0x013B, _ASCII, artist.encode() + b"\0"),
        (0x9C9D, _BYTE, author.encode("utf-16-le") + b"\0\0"),
    ]
    camera = [
        (0x9003, _ASCII, b"2031:05:17 10:11:12\0"),
        (0x9286, _UNDEFINED, b"ASCII\0\0\0" + comment.encode()),
    ]
    # Directories one after another, each followed by its values; the main one points to the photographic one.
    begin = 8
    length = len(_directory([*main, (0x8769, _LONG, bytes(4))], begin, 0))
    second = begin + length
    camera_block = _directory(camera, second, 0)
    third = second + len(camera_block)
    block = b"II*\0" + struct.pack("<I", begin)
    block += _directory([*main, (0x8769, _LONG, struct.pack("<I", second))], begin, third if thumbnail else 0)
    block += camera_block
    if not thumbnail:
        return block, [*names[:4], "2031:05:17"]
    entries = [(0x0201, _LONG, bytes(4)), (0x0202, _LONG, struct.pack("<I", len(small)))]
    place = third + len(_directory(entries, third, 0))
    entries[0] = (0x0201, _LONG, struct.pack("<I", place))
    return block + _directory(entries, third, 0) + small, [*names, "2031:05:17"]


def _directory(entries: list[tuple[int, int, bytes]], start: int, following: int) -> bytes:
    """Return a TIFF directory that stands at byte ``start``, and the values that do not fit into it."""
    table, values = struct.pack("<H", len(entries)), b""
    place = start + 2 + 12 * len(entries) + 4
    for tag, kind, value in entries:
        count = len(value) // 4 if kind == _LONG else len(value)
        inside = value.ljust(4, b"\0") if len(value) <= 4 else struct.pack("<I", place + len(values))
        table += struct.pack("<HHI", tag, kind, count) + inside
        values += value if len(value) > 4 else b""
        values += b"\0" * (len(values) % 2)
    return table + struct.pack("<I", following) + values


def xmp(word: str) -> Made:
    """Return an XMP packet with texts in elements and in an attribute."""
    creator, headline = f"Wexel{word}XmpCreator", f"Wexel{word}XmpHeadline"
    packet = (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" '
        f'xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/" photoshop:Headline="{headline}">'
        f"<dc:creator><rdf:Seq><rdf:li>{creator}</rdf:li></rdf:Seq></dc:creator>"
        "</rdf:Description></rdf:RDF></x:xmpmeta>"
    )
    return packet.encode(), [creator, headline]


def iptc(word: str) -> Made:
    """Return a Photoshop resource with IPTC records: author, headline, caption."""
    names = {80: f"Wexel{word}IptcByline", 105: f"Wexel{word}IptcHeadline", 120: f"Wexel{word}IptcCaption"}
    records = b"".join(
        b"\x1c\x02" + bytes([number]) + struct.pack(">H", len(name)) + name.encode() for number, name in names.items()
    )
    resource = b"8BIM\x04\x04\0\0" + struct.pack(">I", len(records)) + records + b"\0" * (len(records) % 2)
    return b"Photoshop 3.0\0" + resource, list(names.values())


def jpeg() -> Made:
    """Return a JPEG with EXIF and its thumbnail, XMP, IPTC, a comment, a profile and bytes after the image."""
    (exif, first), (packet, second), (resource, third) = tiff_block("Jpeg"), xmp("Jpeg"), iptc("Jpeg")
    comment, trailer = "WexelJpegComment", "WexelJpegTrailer"
    data = insert_after_start(
        raster("JPEG", "RGB", icc_profile=_profile()),
        segment(0xE1, b"Exif\0\0" + exif),
        segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + packet),
        segment(0xED, resource),
        segment(0xFE, comment.encode()),
    )
    return data + b"\0" + trailer.encode(), [*first, *second, *third, comment, trailer, ICC]


def png() -> Made:
    """Return a PNG with each of its text chunks, EXIF, XMP, a time, a profile and bytes after the image."""
    (exif, first), (packet, second) = tiff_block("Png"), xmp("Png")
    names = [f"WexelPng{place}" for place in ("Text", "Ztxt", "Itxt", "PackedItxt", "Private", "Trailer")]
    text, ztxt, itxt, packed, private, trailer = (name.encode() for name in names)
    data = insert_after_header(
        raster("PNG", "RGB", icc_profile=_profile()),
        chunk(b"tEXt", b"Author\0" + text),
        chunk(b"zTXt", b"Comment\0\0" + zlib.compress(b"by " + ztxt)),
        chunk(b"iTXt", b"Title\0\0\0de\0Titel\0" + itxt),
        chunk(b"iTXt", b"Source\0\1\0de\0Quelle\0" + zlib.compress(b"of " + packed)),
        chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + packet),
    )
    stamp = chunk(b"tIME", struct.pack(">HBBBBB", 2031, 6, 18, 9, 8, 7))
    data = insert_before_end(data, chunk(b"eXIf", exif), stamp, chunk(b"prVt", private))
    return data + b"\0" + trailer, [*first, *second, *names, "2031-06-18", ICC]


def gif() -> Made:
    """Return a GIF with a comment and bytes after the image."""
    comment, trailer = "WexelGifComment", "WexelGifTrailer"
    return raster("GIF", comment=comment.encode()) + b"\0" + trailer.encode(), [comment, trailer]


def webp() -> Made:
    """Return a WebP with EXIF, XMP and bytes after the image."""
    (exif, first), (packet, second) = tiff_block("Webp"), xmp("Webp")
    data = raster("WEBP", "RGB", lossless=True, exif=b"Exif\0\0" + exif, xmp=packet)
    return data + b"\0" + b"WexelWebpTrailer", [*first, *second, "WexelWebpTrailer"]


def tiff() -> Made:
    """Return a TIFF with a text in each tag that has one, and bytes after the image."""
    tags = {270: "Description", 271: "Make", 305: "Software", 315: "Artist", 316: "HostComputer", 33432: "Copyright"}
    names = {tag: f"WexelTiff{place}" for tag, place in tags.items()}
    data = raster("TIFF", tiffinfo=names) + b"\0" + b"WexelTiffTrailer"
    return data, [*names.values(), "WexelTiffTrailer"]


def bmp() -> Made:
    """Return a BMP with bytes after the image."""
    return raster("BMP") + b"\0" + b"WexelBmpTrailer", ["WexelBmpTrailer"]


def nifti1() -> Made:
    """Return a NIfTI-1 file with a text in each field, in extensions of each code, and bytes after the voxels."""
    image = _load(nibabel.Nifti1Image, nifti(1))
    fields = {"data_type": "WxDataType", "db_name": "WexelDbName"}
    return _with_texts(image, fields, "One")


def nifti2() -> Made:
    """Return the same as NIfTI-2, which has two fields less."""
    return _with_texts(_load(nibabel.Nifti2Image, nifti(2)), {}, "Two")


def _load(image_class: Any, data: bytes) -> Any:
    return image_class.from_bytes(data)


def _with_texts(image: Any, fields: dict[str, str], word: str) -> Made:
    fields |= {"descrip": f"Wexel{word}Descrip", "aux_file": f"Wexel{word}AuxFile", "intent_name": f"Wx{word}Intent"}
    for field, name in fields.items():
        image.header[field] = name.encode()
    names = list(fields.values())
    # Of comment, AFNI, workflow and spectroscopy; the one of DICOM holds a data set.
    for code in (4, 6, 30, 44):
        names.append(f"Wexel{word}Extension{'abcdefghij'[code % 10]}")
        image.header.extensions.append(nibabel.nifti1.Nifti1Extension(code, names[-1].encode()))
    names.append(f"Wexel{word}Trailer")
    return bytes(image.to_bytes()) + b"\0" + names[-1].encode(), names


def nifti_gzip() -> Made:
    """Return NIfTI-1 in gzip whose header has a name, a comment, an extra field and a time."""
    data, names = nifti1()
    name, comment, extra, trailer = (f"WexelGzip{place}" for place in ("Name", "Comment", "Extra", "Trailer"))
    packed = gzip.compress(data, mtime=0)
    field = b"wx" + struct.pack("<H", len(extra)) + extra.encode()
    # So many seconds after 1970 is noon of the fifth of July 2031.
    head = b"\x1f\x8b\x08\x1c" + struct.pack("<I", 1941019200) + b"\0\xff" + struct.pack("<H", len(field)) + field
    head += name.encode() + b".nii\0" + comment.encode() + b"\0"
    return head + packed[10:] + trailer.encode(), [*names, name, comment, extra, trailer, "2031-07-05"]


def sidecar() -> Made:
    """Return a JSON file as converters of DICOM write it, nested, with a number for an id."""
    document = {
        "PatientName": "WexelJsonFamily^WexelJsonGiven",
        "PatientID": 470011223,
        "PatientBirthDate": "20310517",
        "AcquisitionDateTime": "2031-08-19T10:11:12.345000",
        "InstitutionName": "WexelJsonHospital",
        "ImageComments": "seen by WexelJsonComment",
        "global": {"slices": [{"OperatorsName": "WexelJsonNested"}]},
        "EchoTime": 0.5,
    }
    names = ["WexelJsonFamily", "WexelJsonGiven", "470011223", "20310517", "2031-08-19", "WexelJsonHospital"]
    return json.dumps(document).encode(), [*names, "WexelJsonComment", "WexelJsonNested"]


MAKERS: dict[str, Callable[[], Made]] = {
    "a.jpg": jpeg,
    "a.png": png,
    "a.gif": gif,
    "a.webp": webp,
    "a.tif": tiff,
    "a.bmp": bmp,
    "a.nii": nifti1,
    "b.nii": nifti2,
    "a.nii.gz": nifti_gzip,
    "a.json": sidecar,
}


def opens(data: bytes) -> bool:
    """Whether Pillow decodes an image; its canaries are not to be what makes it unreadable."""
    with Image.open(io.BytesIO(data)) as image:
        image.load()
        return image.size[0] > 0
