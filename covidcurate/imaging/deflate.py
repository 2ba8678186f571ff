"""Deflate (RFC 1951) on all cores, the same bytes whatever their number; with igzip where the extra ``fast`` has it."""

from __future__ import annotations

import os
import zlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, BinaryIO

from covidcurate.errors import UsageError

BLOCK = 1 << 20
"""Bytes that are compressed by one thread at a time; each block starts afresh, which costs less than 0.1 %."""
_ISAL_LEVEL, _ZLIB_LEVEL = 3, 1
"""What measures best: higher ones take long for a few percent."""

Buffer = Any


def uses_isal() -> bool:
    """Whether igzip is installed, which is several times as quick as zlib."""
    try:
        import isal.isal_zlib  # noqa: F401
    except ImportError:
        return False
    return True


def check_level(level: int | None) -> None:
    """Refuse a level that the compressor at hand does not have.

    Raises
    ------
    UsageError
        igzip has levels 0 to 3, zlib 0 to 9.
    """
    most = 3 if uses_isal() else 9
    if level is not None and not 0 <= level <= most:
        raise UsageError(f"the level of compression goes from 0 to {most} here, and is not {level}")


def deflate(blocks: Iterable[Buffer], *, level: int | None = None, workers: int = 0) -> Iterator[bytes]:
    """Yield one raw deflate stream of all blocks, in their order.

    Parameters
    ----------
    blocks
        Bytes-like objects; about :data:`BLOCK` bytes each is best.
    level
        Of igzip (0 to 3) or zlib (0 to 9); by default a quick one.
    workers
        Threads; 0 for one a core.
    """
    compress = _compressor(level)
    workers = workers or os.cpu_count() or 1
    if workers == 1:
        yield from map(compress, blocks)
    else:
        waiting: deque[Future[bytes]] = deque()
        with ThreadPoolExecutor(workers) as pool:
            for block in blocks:
                waiting.append(pool.submit(compress, block))
                if len(waiting) > 2 * workers:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
    # An empty last block; the others end at a byte because each was flushed.
    yield b"\x03\x00"


def write_gzip(stream: BinaryIO, blocks: Iterable[Buffer], *, level: int | None = None, workers: int = 0) -> None:
    """Write a gzip file (RFC 1952) with neither name nor time, so that equal content gives equal bytes."""
    checksum, size = 0, 0

    def counted() -> Iterator[Buffer]:
        nonlocal checksum, size
        for block in blocks:
            checksum = zlib.crc32(block, checksum)
            size += memoryview(block).nbytes
            yield block

    # Magic, deflate, no flags, no time, no extra flags, unknown system.
    stream.write(b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff")
    for part in deflate(counted(), level=level, workers=workers):
        stream.write(part)
    stream.write(checksum.to_bytes(4, "little") + (size & 0xFFFFFFFF).to_bytes(4, "little"))


def split_blocks(data: Buffer, size: int = BLOCK) -> Iterator[memoryview]:
    """Yield the blocks of contiguous data."""
    view = memoryview(data).cast("B")
    for start in range(0, len(view), size):
        yield view[start : start + size]


def _compressor(level: int | None) -> Callable[[Buffer], bytes]:
    """Return what compresses one block so that others may follow it."""
    check_level(level)
    library: Any = zlib
    if uses_isal():
        from isal import isal_zlib

        library = isal_zlib
    chosen = (_ISAL_LEVEL if library is not zlib else _ZLIB_LEVEL) if level is None else level

    def compress(block: Buffer) -> bytes:
        machine = library.compressobj(chosen, library.DEFLATED, -15)
        return bytes(machine.compress(block) + machine.flush(zlib.Z_SYNC_FLUSH))

    return compress
