"""Small image files made by code, and the places in them where somebody's name can stand."""

from __future__ import annotations

import gzip
import io
import struct
import warnings
import zlib
from functools import cache
from typing import Any

import nibabel
import numpy as np
from PIL import Image, ImageCms


def gradient(mode: str = "L", size: tuple[int, int] = (24, 16)) -> Image.Image:
    """Return an image whose pixels all differ in a way that turning or mirroring would show."""
    width, height = size
    plane = (np.arange(height)[:, None] * 7 + np.arange(width)[None, :] * 3) % 251
    if mode == "I;16":
        return Image.fromarray((plane * 257).astype("<u2"))
    image = Image.fromarray(plane.astype("u1"))
    if mode in {"RGB", "CMYK", "RGBA"}:
        bands = [image, image.transpose(Image.Transpose.FLIP_LEFT_RIGHT), image.point(lambda value: 255 - value), image]
        return Image.merge(mode, bands[: 3 if mode == "RGB" else 4])
    return image.convert(mode)


def pixels(data: bytes) -> Any:
    """Return the decoded pixels of a raster image."""
    with warnings.catch_warnings():
        # What is planted here is not always well formed, and Pillow says so.
        warnings.simplefilter("ignore", UserWarning)
        with Image.open(io.BytesIO(data)) as image:
            return np.asarray(image)


def raster(format_: str, mode: str = "L", *, size: tuple[int, int] = (24, 16), **options: Any) -> bytes:
    """Return a raster image in one of Pillow's formats."""
    stream = io.BytesIO()
    gradient(mode, size).save(stream, format=format_, **options)
    return stream.getvalue()


@cache
def icc_profile() -> bytes:
    """Return a color profile; the same each time, though it holds the time at which it was made."""
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def exif(orientation: int, text: str = "", *, order: str = "<") -> bytes:
    """Return a TIFF block with an orientation and, as the description of the image, a text."""
    block = Image.Exif()
    block.endian = order
    block[0x0112] = orientation
    if text:
        block[0x010E] = text
    return block.tobytes().removeprefix(b"Exif\0\0")


def segment(marker: int, body: bytes) -> bytes:
    """Return a JPEG segment."""
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body


def jpeg_carriers(name: str) -> dict[str, bytes]:
    """Return a segment of each kind that describes an image, each with a name of its own in it."""
    irb = (
        b"Photoshop 3.0\x008BIM\x04\x04\0\0" + struct.pack(">I", len(name) + 5) + b"\x1c\x02\x69\0" + bytes([len(name)])
    )
    return {
        "EXIF": segment(0xE1, b"Exif\0\0" + exif(1, f"{name} exif")),
        "XMP": segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0<x>" + f"{name} xmp</x>".encode()),
        "IPTC": segment(0xED, irb + f"{name} iptc".encode()),
        "comment": segment(0xFE, f"{name} comment".encode()),
        "a thumbnail": segment(0xE0, b"JFXX\0\x13" + f"{name} thumbnail".encode()),
        "further images": segment(0xE2, b"MPF\0" + f"{name} mpf".encode()),
        "application segment 5": segment(0xE5, f"{name} app5".encode()),
        "application segment 14": segment(0xEE, f"{name} app14".encode()),
    }


def insert_after_start(data: bytes, *segments: bytes) -> bytes:
    """Return a JPEG with segments right after its start marker."""
    return data[:2] + b"".join(segments) + data[2:]


def insert_before_each_scan(data: bytes, inserted: bytes) -> bytes:
    """Return a JPEG with a segment before each scan; a progressive one has several."""
    return data.replace(b"\xff\xda", inserted + b"\xff\xda")


def chunk(kind: bytes, body: bytes) -> bytes:
    """Return a PNG chunk."""
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png_carriers(name: str) -> dict[bytes, bytes]:
    """Return a chunk of each kind that describes an image, each with a name of its own in it."""
    return {
        b"tEXt": chunk(b"tEXt", b"Comment\0" + f"{name} text".encode()),
        b"zTXt": chunk(b"zTXt", b"Comment\0\0" + zlib.compress(f"{name} ztxt".encode())),
        b"iTXt": chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + f"{name} itxt".encode()),
        b"eXIf": chunk(b"eXIf", exif(1, f"{name} exif")),
        b"tIME": chunk(b"tIME", struct.pack(">HBBBBB", 1943, 2, 3, 4, 5, 6)),
        b"prVt": chunk(b"prVt", f"{name} private".encode()),
        b"sPLT": chunk(b"sPLT", f"{name} palette\0".encode()),
    }


def png_chunks(data: bytes) -> list[tuple[bytes, bytes]]:
    """Return kind and body of each chunk of a PNG."""
    found, position = [], 8
    while position < len(data):
        length, kind = struct.unpack_from(">I4s", data, position)
        found.append((kind, data[position + 8 : position + 8 + length]))
        position += 12 + length
    return found


def insert_after_header(data: bytes, *chunks: bytes) -> bytes:
    """Return a PNG with chunks right after its image header, which ends at byte 33."""
    return data[:33] + b"".join(chunks) + data[33:]


def insert_before_end(data: bytes, *chunks: bytes) -> bytes:
    """Return a PNG with chunks after its pixels."""
    return data[:-12] + b"".join(chunks) + data[-12:]


def nifti(
    version: int = 1, order: str = "<", *, name: str = "", dtype: str = "i2", shape: tuple[int, ...] = (4, 3, 2)
) -> bytes:
    """Return a NIfTI file; with a name in each of its text fields and in an extension, if there is one."""
    image_class, header_class = {
        1: (nibabel.Nifti1Image, nibabel.Nifti1Header),
        2: (nibabel.Nifti2Image, nibabel.Nifti2Header),
    }[version]
    header = header_class(endianness=order)
    header.set_data_dtype(np.dtype(dtype).newbyteorder(order))
    affine = np.array([[-0.7, 0, 0.1, 90], [0, 0.7, 0, -126], [0, 0.2, 1.25, -72], [0, 0, 0, 1]])
    data = np.arange(np.prod(shape), dtype=dtype).reshape(shape)
    image = image_class(data, affine, header)
    image.header.set_xyzt_units("mm", "sec")
    if name:
        image.header["descrip"] = f"{name} descrip".encode()
        image.header["aux_file"] = f"{name} aux".encode()
        image.header["intent_name"] = f"{name} int".encode()
        if version == 1:
            image.header["db_name"] = f"{name} db".encode()
            image.header["data_type"] = f"{name}"[:10].encode()
        image.header.extensions.append(nibabel.nifti1.Nifti1Extension("comment", f"{name} extension".encode()))
    return bytes(image.to_bytes())


def gzipped(data: bytes, *, name: str = "") -> bytes:
    """Return data in gzip, with a file name and the time of the year 2001 in its header if there is a name."""
    stream = io.BytesIO()
    with gzip.GzipFile(name, "wb", fileobj=stream, mtime=1_000_000_000 if name else 0) as packed:
        packed.write(data)
    return stream.getvalue()


def load_nifti(data: bytes) -> Any:
    """Return a NIfTI image from bytes."""
    return (nibabel.Nifti1Image if data[344:348] == b"n+1\0" else nibabel.Nifti2Image).from_bytes(data)


def webp() -> bytes:
    """Return a lossless WebP image."""
    return raster("WEBP", "RGB", lossless=True)
