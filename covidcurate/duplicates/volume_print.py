"""What a volume is known by, small enough to be kept."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from covidcurate.duplicates.slices import hash_slice
from covidcurate.imaging.volume_sample import Upright, sample_volume

if TYPE_CHECKING:
    import numpy

    Array = numpy.ndarray[Any, numpy.dtype[Any]]


@dataclass(frozen=True)
class VolumePrint:
    """What a volume is known by; :mod:`covidcurate.imaging.volume_sample` tells what the first fields are.

    ``hashes`` are those of :func:`covidcurate.duplicates.slices.hash_slice` for each axial slice from the feet.
    """

    shape: tuple[int, ...]
    millimeters: tuple[float, ...]
    volumes: int
    digest: bytes
    counts: bytes
    slices: tuple[bytes, ...]
    grid: Array
    ranks: Array
    detail: Array
    hashes: Array

    def to_bytes(self) -> bytes:
        """Return it for a cache."""
        import numpy

        numbers = [self.shape, self.millimeters, self.volumes, self.digest.hex(), self.counts.hex()]
        text = json.dumps([*numbers, [one.hex() for one in self.slices]]).encode()
        stream = io.BytesIO()
        arrays = (numpy.frombuffer(text, numpy.uint8), self.grid, self.ranks, self.detail, self.hashes)
        numpy.savez_compressed(stream, *arrays)
        return stream.getvalue()

    @classmethod
    def from_bytes(cls, data: bytes) -> VolumePrint:
        """Return what :meth:`to_bytes` wrote."""
        import numpy

        with numpy.load(io.BytesIO(data), allow_pickle=False) as arrays:
            text, *others = (arrays[f"arr_{number}"] for number in range(5))
        shape, millimeters, volumes, digest, counts, slices = json.loads(text.tobytes())
        texts = [bytes.fromhex(one) for one in (digest, counts, *slices)]
        return cls(tuple(shape), tuple(millimeters), volumes, texts[0], texts[1], tuple(texts[2:]), *others)


def print_volume(volume: Upright) -> VolumePrint:
    """Return what a volume is known by."""
    import numpy

    sample = sample_volume(volume)
    looks = range(len(volume.windows))
    hashes = [hash_slice([volume.show(number, look) for look in looks]) for number in range(volume.voxels.shape[2])]
    lengths = tuple(int(length) for length in volume.voxels.shape)
    millimeters = tuple(length * size for length, size in zip(lengths, volume.sizes, strict=True))
    return VolumePrint(
        lengths,
        millimeters,
        volume.volumes,
        sample.digest,
        sample.counts,
        sample.slices,
        sample.grid,
        sample.ranks,
        sample.detail,
        numpy.stack(hashes),
    )
