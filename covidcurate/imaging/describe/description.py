"""The description of one file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from covidcurate.imaging.filetype import FileType

Fact = str | int | float | bool | list[int] | list[float] | list[str]


@dataclass(frozen=True)
class Description:
    """What a file is, from its header.

    ``facts`` hold nothing that identifies a person. ``identifying`` are the places of what does, each with how often
    it occurs, ``texts`` those of other texts, in which somebody may be named too; ``hidden`` is what stands in both, by
    place, empty unless it was asked for. ``patient``, ``study`` and ``series`` are the header's own ids, from which
    pseudonyms are made, and not to be shown.
    """

    kind: FileType
    size: int
    facts: Mapping[str, Fact] = field(default_factory=dict)
    odd: tuple[str, ...] = ()
    identifying: Mapping[str, int] = field(default_factory=dict)
    texts: Mapping[str, int] = field(default_factory=dict)
    hidden: Mapping[str, tuple[str, ...]] = field(default_factory=dict, repr=False)
    patient: str = field(default="", repr=False)
    study: str = field(default="", repr=False)
    series: str = field(default="", repr=False)
