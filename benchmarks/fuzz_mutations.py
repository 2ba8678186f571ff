"""Ways of damaging a file, from blind ones to ones that know where a format keeps its lengths and sizes."""

from __future__ import annotations

import gzip
import io
import struct
import zlib
from collections.abc import Callable
from random import Random

Change = Callable[[bytearray, Random], str]

# Tags that readers compute with, as bytes in little endian: sizes, bits, frames, tables, geometry, pixels.
TAGS = {
    "SamplesPerPixel": b"\x28\x00\x02\x00", "PhotometricInterpretation": b"\x28\x00\x04\x00",
    "PlanarConfiguration": b"\x28\x00\x06\x00", "NumberOfFrames": b"\x28\x00\x08\x00", "Rows": b"\x28\x00\x10\x00",
    "Columns": b"\x28\x00\x11\x00", "PixelSpacing": b"\x28\x00\x30\x00", "PixelAspectRatio": b"\x28\x00\x34\x00",
    "BitsAllocated": b"\x28\x00\x00\x01", "BitsStored": b"\x28\x00\x01\x01", "HighBit": b"\x28\x00\x02\x01",
    "PixelRepresentation": b"\x28\x00\x03\x01", "PixelPaddingValue": b"\x28\x00\x20\x01",
    "WindowCenter": b"\x28\x00\x50\x10", "WindowWidth": b"\x28\x00\x51\x10", "RescaleIntercept": b"\x28\x00\x52\x10",
    "RescaleSlope": b"\x28\x00\x53\x10", "RedPalette": b"\x28\x00\x01\x11", "LUTDescriptor": b"\x28\x00\x02\x30",
    "ModalityLUTSequence": b"\x28\x00\x00\x30", "VOILUTSequence": b"\x28\x00\x10\x30", "LUTData": b"\x28\x00\x06\x30",
    "Position": b"\x20\x00\x32\x00", "Orientation": b"\x20\x00\x37\x00", "TransferSyntax": b"\x02\x00\x10\x00",
    "SharedGroups": b"\x00\x52\x29\x92", "PerFrameGroups": b"\x00\x52\x30\x92", "PixelData": b"\xe0\x7f\x10\x00",
    "Item": b"\xfe\xff\x00\xe0", "ItemEnd": b"\xfe\xff\x0d\xe0", "SequenceEnd": b"\xfe\xff\xdd\xe0",
    "PatientName": b"\x10\x00\x10\x00", "BirthDate": b"\x10\x00\x30\x00", "StudyDate": b"\x08\x00\x20\x00",
    "CharacterSet": b"\x08\x00\x05\x00", "Overlay": b"\x00\x60\x10\x00",
}  # fmt: skip
CANARY = b"CANARY"
"""A name that is written over values of headers; no message may hold it."""
EDGES = [b"\x00\x00", b"\xff\xff", b"\x01\x00", b"\x00\x80", b"\xff\x7f", b"\x10\x00", b"\x20\x00", b"\x40\x00"]
TEXTS = [b"0", b"-1", b"1e308", b"nan", b"inf", b"", b"\\", b"1\\1\\1", b"99999999999", b"1e-7", b"\xff\xfe", CANARY,
         CANARY, b"A" * 64]  # fmt: skip
VRS = [b"US", b"SS", b"DS", b"IS", b"SQ", b"UN", b"OB", b"OW", b"PN", b"FD", b"AT", b"UT", b"OF", b"\x00\x00"]


def _place(data: bytearray, random: Random) -> int:
    """Return an offset, near the beginning more often than not, where headers are."""
    top = len(data) if random.random() < 0.4 else min(len(data), 1 << random.randint(4, 14))
    return random.randrange(max(top, 1))


def flip(data: bytearray, random: Random) -> str:
    for _ in range(1 << random.randint(0, 5)):
        place = _place(data, random)
        data[place] ^= 1 << random.randrange(8)
    return f"bits flipped, the last at {place}"


def cut(data: bytearray, random: Random) -> str:
    place = _place(data, random)
    del data[place:]
    return f"cut at {place}"


def drop(data: bytearray, random: Random) -> str:
    place, count = _place(data, random), 1 << random.randint(0, 10)
    del data[place : place + count]
    return f"{count} bytes gone at {place}"


def repeat(data: bytearray, random: Random) -> str:
    place, count = _place(data, random), 1 << random.randint(2, 11)
    times = random.choice([1, 2, 50])
    data[place:place] = data[place : place + count] * times
    return f"{count} bytes repeated {times} times at {place}"


def move(data: bytearray, random: Random) -> str:
    place, other, count = _place(data, random), _place(data, random), 1 << random.randint(2, 10)
    data[place : place + count] = data[other : other + count]
    return f"{count} bytes of {other} over {place}"


def lengths(data: bytearray, random: Random) -> str:
    place = _place(data, random) & ~1
    value = random.choice(
        [b"\0" * 4, b"\xff" * 4, b"\xfe\xff\xff\xff", b"\xff\xff\xff\x7f", b"\0\0\0\x80", b"\0\0\0\x01"]
    )
    data[place : place + 4] = value
    return f"{value.hex()} at {place}"


def text(data: bytearray, random: Random) -> str:
    place, words = _place(data, random), random.choice(TEXTS)
    data[place : place + len(words)] = words
    return f"{words!r} at {place}"


def element(data: bytearray, random: Random) -> str:
    """Damage the VR, the length or the value of an element of DICOM."""
    name = random.choice(list(TAGS))
    # Frames come late in a file; an element may be there many times.
    start = data.find(TAGS[name], random.choice([0, 0, len(data) // 2]))
    if start < 0:
        return flip(data, random)
    way = random.randrange(6)
    if way == 0:
        data[start + 4 : start + 6] = random.choice(VRS)
    elif way == 1:
        data[start + 6 : start + 8] = random.choice(EDGES)
    elif way == 2:
        data[start + 8 : start + 12] = random.choice([b"\xff" * 4, b"\0" * 4, b"\xff\xff\xff\x7f"])
    elif way == 3:
        data[start + 8 : start + 10] = random.choice(EDGES)
    elif way == 4:
        length = int.from_bytes(data[start + 6 : start + 8], "little")
        words = random.choice(TEXTS)
        data[start + 8 : start + 8 + length] = words.ljust(length)[:length]
    else:
        data[start : start + 4] = TAGS[random.choice(list(TAGS))]
    return f"{name} at {start}, way {way}"


def png(data: bytearray, random: Random) -> str:
    """Damage a chunk of PNG and make its checksum right again, so that readers go on."""
    starts, place = [], 8
    while place + 12 <= len(data):
        starts.append(place)
        place += 12 + int.from_bytes(data[place : place + 4], "big")
    start = random.choice([8, *starts]) if starts else 8
    length = int.from_bytes(data[start : start + 4], "big")
    body = start + 8 + random.randrange(max(1, min(length, 64)))
    if body >= len(data):
        return flip(data, random)
    if start == 8 and random.random() < 0.5:
        data[16:24] = struct.pack(">II", *(random.choice([0, 1, 65535, 20000, 1 << 31]) for _ in range(2)))
    else:
        data[body] = random.randrange(256)
    if start + 8 + length + 4 <= len(data):
        data[start + 8 + length : start + 12 + length] = struct.pack(
            ">I", zlib.crc32(data[start + 4 : start + 8 + length])
        )
    return f"chunk at {start}, checksum right"


def jpeg(data: bytearray, random: Random) -> str:
    """Damage the segments of JPEG or JPEG 2000, also of one inside of DICOM."""
    markers = [b"\xff\xc0", b"\xff\xc2", b"\xff\xc3", b"\xff\xc4", b"\xff\xda", b"\xff\xdb", b"\xff\xdd", b"\xff\xe1",
               b"\xff\x51", b"\xff\x52", b"\xff\x5c", b"\xff\x90", b"\xff\x4f"]  # fmt: skip
    start = data.find(random.choice(markers))
    if start < 0:
        return flip(data, random)
    for _ in range(random.randint(1, 3)):
        place = start + 2 + random.randrange(40)
        if place < len(data):
            data[place] = random.choice([0, 1, 0xFF, 0x7F, random.randrange(256)])
    return f"segment at {start}"


def nifti(data: bytearray, random: Random) -> str:
    """Damage a field of the NIfTI-1 header that readers compute with."""
    place, kind = random.choice([(40, "h"), (42, "h"), (44, "h"), (46, "h"), (48, "h"), (70, "h"), (72, "h"), (76, "f"),
                                 (80, "f"), (108, "f"), (112, "f"), (116, "f"), (252, "h"), (254, "h"), (256, "f"),
                                 (280, "f"), (296, "f"), (312, "f"), (124, "f"), (128, "f"), (0, "i")])  # fmt: skip
    whole = [0, 1, -1, 2, 7, 8, 16, 32767, -32768, 1024, 1536, 2304, 128, 64, 512, 32]
    value = random.choice(whole) if kind != "f" else random.choice([0.0, -1.0, 1e30, float("nan"), float("inf"), 1e-30])
    if len(data) > place + 4:
        struct.pack_into(f"<{kind}", data, place, value)
    return f"header field at {place} is {value}"


BLIND: list[Change] = [flip, flip, cut, drop, repeat, move, lengths, text]


def mutate(data: bytes, random: Random, other: bytes) -> tuple[bytes, str]:
    """Return a damaged file and how it was damaged; ``other`` is a file that parts may come from."""
    packed = data[:2] == b"\x1f\x8b" and random.random() < 0.7
    plain = bytearray(_unpack(data) if packed else data)
    if plain[:4] == b"\x89PNG":
        changes = [*BLIND, png, png, png, png]
    elif plain[:2] == b"\xff\xd8":
        changes = [*BLIND, jpeg, jpeg, jpeg]
    elif plain[128:132] == b"DICM":
        changes = [*BLIND, *[element] * 10, jpeg, jpeg]
    elif plain[344:347] in (b"n+1", b"ni1"):
        changes = [*BLIND, *[nifti] * 8]
    else:
        changes = BLIND
    said = []
    for _ in range(random.choice([1, 1, 1, 2, 3, 6])):
        if not plain:
            break
        if random.random() < 0.03:
            place = _place(plain, random)
            plain[place:] = other[random.randrange(len(other)) :]
            said.append(f"another file from {place} on")
        else:
            said.append(random.choice(changes)(plain, random))
    done = bytes(plain)
    return (gzip.compress(done, 1, mtime=0) if packed else done), "; ".join(said) + (
        " (inside of gzip)" if packed else ""
    )


def _unpack(data: bytes) -> bytes:
    """Return what is in gzip, up to 32 MB."""
    with gzip.open(io.BytesIO(data)) as stream:
        return stream.read(1 << 25)
