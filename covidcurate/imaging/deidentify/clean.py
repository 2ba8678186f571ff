"""De-identify a DICOM data set: only what is allowed stays, and of that only what the profile does not act on.

Elements that stay are not decoded and encoded again, so that they stay bit for bit.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from covidcurate.errors import UnreadableError
from covidcurate.imaging.deidentify.allowed import EMPTIED, MACHINE, RENAMED, SAFE_PRIVATE, is_allowed
from covidcurate.imaging.deidentify.codes import CODE_KEYWORDS, find_concept, is_coded
from covidcurate.imaging.deidentify.elements import get_raw, may_stay, text_of
from covidcurate.imaging.deidentify.forms import is_in_form, is_part_in_form
from covidcurate.imaging.deidentify.kinds import instance_of, is_enhanced, kind_of, notes_on, refuse
from covidcurate.imaging.deidentify.mark import mark_clean
from covidcurate.imaging.deidentify.own_words import OwnWords, find_own_words
from covidcurate.imaging.deidentify.pixel_bytes import clean_pixels
from covidcurate.imaging.deidentify.profile import Action, find_rule
from covidcurate.imaging.deidentify.substitutes import DUMMIES, Dates, Substitutes, fold_age
from covidcurate.imaging.dicom.header import get_text
from covidcurate.imaging.dicom.read import quiet

if TYPE_CHECKING:
    from pydicom import Dataset, FileDataset

_DEEPEST = 32
_FIRST_GROUP = 0x0008
_CHARACTERISTICS = {"PatientSex", "PatientAge", "PatientSize", "PatientWeight"}
_PSEUDONYMS = {"PatientName", "PatientID"}
_TYPES = {"ImageType", "FrameType"}
_DUMMIES_OF_ENHANCED = {Action.REMOVE_OR_DUMMY, Action.EMPTY_OR_DUMMY, Action.REMOVE_EMPTY_OR_DUMMY}
"""Where enhanced multi-frame images must have a value, others need none."""


@dataclass
class Cleaned:
    """A data set without identity; ``removed`` and ``replaced`` count the attributes by name, never with a value."""

    dataset: Dataset
    removed: Counter[str] = field(default_factory=Counter)
    replaced: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)


def patient_of(dataset: Dataset) -> str:
    """Return what tells a patient from others: the id with its issuer, else the name, else what belongs to one only."""
    identity = get_text(dataset, "PatientID"), get_text(dataset, "IssuerOfPatientID")
    if identity[0]:
        return "\0".join(identity)
    others = ("PatientName", "StudyInstanceUID", "SeriesInstanceUID", "FrameOfReferenceUID")
    return next(filter(None, (get_text(dataset, keyword) for keyword in others)), "") or instance_of(dataset)


def clean_dataset(dataset: FileDataset, key: bytes, dates: Dates = Dates.SHIFTED) -> Cleaned:
    """Return a data set by the Basic Application Level Confidentiality Profile of DICOM PS3.15, Annex E.

    Raises
    ------
    PolicyError
        It is no image (a report, a document, a plan), or it says that text is burned into its pixels.
    UnreadableError
        Its header cannot be read.
    """
    refuse(dataset)
    with quiet():
        substitutes = Substitutes(key, patient_of(dataset))
        enhanced = is_enhanced(dataset)
        cleaner = _Cleaner(substitutes, dates, find_own_words(dataset), enhanced=enhanced)
        clean = cleaner.clean(dataset)
        clean.SOPClassUID = kind_of(dataset)
        clean.SOPInstanceUID = substitutes.uid(instance_of(dataset))
        clean_pixels(dataset, clean, cleaner.removed)
        mark_clean(clean, dates, safe_private=cleaner.safe_private)
    return Cleaned(clean, +cleaner.removed, cleaner.replaced, notes_on(dataset))


class _Cleaner:
    """Goes through a data set and its sequences, and keeps account."""

    def __init__(self, substitutes: Substitutes, dates: Dates, own_words: OwnWords, *, enhanced: bool) -> None:
        self._substitutes, self._dates, self._own_words, self._enhanced = substitutes, dates, own_words, enhanced
        self.removed: Counter[str] = Counter()
        self.replaced: Counter[str] = Counter()
        self.safe_private = False

    def clean(self, dataset: Dataset, inside: tuple[str, ...] = ()) -> Dataset:
        """Return what is left of a data set, or of an item of the sequences ``inside``."""
        import pydicom
        from pydicom.datadict import get_entry

        clean = pydicom.Dataset()
        for tag in sorted(dataset.keys()):
            raw = get_raw(dataset, tag)
            if raw is None:
                self.removed["an attribute that cannot be read"] += 1
                continue
            if tag.group < _FIRST_GROUP:
                continue  # commands of the network and file meta information, which is made anew
            if tag.is_private:
                self._private(dataset, raw, clean)
                continue
            try:
                entry = get_entry(tag)
            except KeyError:
                self.removed["an attribute unknown to the dictionary"] += 1
                continue
            value: Any
            try:
                value = self._act(dataset, raw, entry, inside)
            except UnreadableError:
                raise
            except Exception:
                # What cannot be read cannot be judged.
                value = None
            if value is None:
                self.removed[entry[4] or entry[2]] += 1
            else:
                clean[tag] = value
        # Elements that stay are written as they were read only if the encoding is said to be that of the original.
        implicit, little = dataset.original_encoding
        clean.set_original_encoding(implicit, little, clean._character_set)
        return clean

    def _act(self, dataset: Dataset, raw: Any, entry: tuple[str, str, str, str, str], inside: tuple[str, ...]) -> Any:
        """Return the element that stands in the place of one; None if none does."""
        options, keyword = entry[0].split(" or "), entry[4]
        vr = raw.VR if raw.VR in options else options[0]
        if keyword in _PSEUDONYMS and not inside:
            return self._replace(raw, keyword, vr, self._substitutes.patient)
        rule = find_rule(raw.tag)
        if keyword in _CHARACTERISTICS:
            return self._characteristic(raw, keyword, vr)
        if rule is None:
            return self._unnamed(dataset, raw, entry, vr, inside)
        if vr == "SQ":
            if rule.action in (Action.UID, Action.REMOVE_EMPTY_OR_UID):
                return self._sequence(dataset, raw, (*inside, keyword))
            # Sequences may be empty where images must have them, and nowhere else.
            return self._replace(raw, keyword, vr, []) if keyword in EMPTIED else None
        if rule.action in (Action.UID, Action.REMOVE_EMPTY_OR_UID):
            texts = text_of(raw).split("\\")
            return self._replace(raw, keyword, "UI", [self._substitutes.uid(text) for text in texts if text] or "")
        if rule.modified_dates and vr in {"DA", "DT"} and self._dates is Dates.SHIFTED:
            moved = [self._substitutes.date(text) for text in text_of(raw).split("\\")]
            if all(moved):
                return self._replace(raw, keyword, vr, moved)
        return self._by_code(raw, keyword, vr, rule.action)

    def _by_code(self, raw: Any, keyword: str, vr: str, action: Action) -> Any:
        """Remove, empty or replace: where the table leaves a choice, as images of the kind need it."""
        asked = keyword == "ProtocolName" or (self._enhanced and action in _DUMMIES_OF_ENHANCED)
        if action is Action.REMOVE or (action is Action.REMOVE_OR_DUMMY and not asked):
            return None
        if vr not in DUMMIES:
            return None
        return self._replace(raw, keyword, vr, DUMMIES[vr] if asked or action is Action.DUMMY else "")

    def _unnamed(
        self, dataset: Dataset, raw: Any, entry: tuple[str, str, str, str, str], vr: str, inside: tuple[str, ...]
    ) -> Any:
        """Return what stays of an attribute that the profile does not name: it itself, a dummy, or nothing."""
        _, multiplicity, _, retired, keyword = entry
        if keyword in RENAMED:
            return self._replace(raw, keyword, vr, DUMMIES[vr])
        if is_allowed(raw.tag.group, keyword, vr, retired=bool(retired), inside=inside[-1] if inside else ""):
            if vr == "SQ":
                return self._sequence(dataset, raw, (*inside, keyword))
            if may_stay(raw, keyword, vr, multiplicity, self._own_words):
                return raw
            if keyword in _TYPES:
                return self._replace(raw, keyword, vr, self._known_types(raw, keyword))
        if self._enhanced and keyword in MACHINE:
            return self._replace(raw, keyword, vr, DUMMIES[vr])
        return self._replace(raw, keyword, vr, "") if keyword in EMPTIED else None

    def _known_types(self, raw: Any, keyword: str) -> list[str]:
        """Return the values of an image type, whose places have a meaning, with a dummy for each that may not stay."""
        parts = [part.strip() for part in text_of(raw).split("\\")]
        known = (is_part_in_form(keyword, "CS", part.encode("latin-1", "replace")) for part in parts)
        return [part if known_one else DUMMIES["CS"] for part, known_one in zip(parts, known, strict=True)]

    def _sequence(self, dataset: Dataset, raw: Any, inside: tuple[str, ...]) -> Any:
        """Return a sequence with its items cleaned; None if it is too deep, or has only codes that nobody knows."""
        from pydicom import DataElement, Sequence

        if len(inside) > _DEEPEST:
            return None
        items = dataset[raw.tag].value or []
        if not isinstance(items, Sequence):
            return None if items else DataElement(raw.tag, "SQ", Sequence([]))
        cleaned = [kept for item in items if (kept := self._item(item, inside)) is not None]
        if items and not cleaned:
            return None
        return DataElement(raw.tag, "SQ", Sequence(cleaned))

    def _item(self, item: Dataset, inside: tuple[str, ...]) -> Dataset | None:
        if not is_coded(item):
            clean = self.clean(item, inside)
            # A reference says what it refers to, or nothing: objects of a vendor's own kind are left out anyway.
            return None if "ReferencedSOPClassUID" in item and "ReferencedSOPClassUID" not in clean else clean
        concept = find_concept(item)
        if concept is None:
            return None
        clean = self.clean(item, inside)
        for keyword in CODE_KEYWORDS:
            self.removed[keyword] -= keyword in item
            setattr(clean, keyword, concept[keyword])
        return clean

    def _characteristic(self, raw: Any, keyword: str, vr: str) -> Any:
        text = text_of(raw)
        value = fold_age(text) if keyword == "PatientAge" else text
        if not is_in_form(keyword, vr, value.encode("latin-1", "replace"), "1"):
            return self._replace(raw, keyword, vr, "") if keyword in EMPTIED else None
        return raw if value == text else self._replace(raw, keyword, vr, value)

    def _private(self, dataset: Dataset, raw: Any, clean: Dataset) -> None:
        """Keep a private element that is known to be safe, with the element that names its creator."""
        tag = raw.tag
        creator_tag = (tag.group, tag.element >> 8)
        if tag.element > 0xFF and creator_tag in dataset:
            creator = text_of(get_raw(dataset, creator_tag))
            vr = SAFE_PRIVATE.get((creator, tag.group, tag.element & 0xFF))
            if vr is not None and isinstance(raw.value, bytes) and may_stay(raw, "", vr, "1", self._own_words):
                clean[creator_tag] = dataset.get_item(creator_tag)
                clean[tag] = raw
                self.safe_private = True
                return
        self.removed["a private element"] += 1

    def _replace(self, raw: Any, keyword: str, vr: str, value: Any) -> Any:
        from pydicom import DataElement, Sequence

        self.replaced[keyword] += 1
        return DataElement(raw.tag, vr, Sequence(value) if vr == "SQ" else value)
