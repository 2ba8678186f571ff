"""De-identify a DICOM data set: only what is allowed stays, and of that only what the profile does not act on.

Elements that stay are not decoded and encoded again, so that they stay bit for bit.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from covidcurate.errors import PolicyError, UnreadableError
from covidcurate.imaging.deidentify.allowed import KEYWORDS, SAFE_PRIVATE, is_allowed, is_in_form
from covidcurate.imaging.deidentify.mark import mark_clean
from covidcurate.imaging.deidentify.own_words import find_own_words
from covidcurate.imaging.deidentify.profile import Action, Rule, find_rule
from covidcurate.imaging.deidentify.substitutes import DUMMIES, Dates, Substitutes, fold_age
from covidcurate.imaging.dicom.header import get_text
from covidcurate.imaging.dicom.layout import has_pixels
from covidcurate.imaging.dicom.read import quiet

if TYPE_CHECKING:
    from pydicom import Dataset, FileDataset

_DEEPEST = 32
_FIRST_GROUP = 0x0008
_CHARACTERISTICS = {"PatientSex", "PatientAge", "PatientSize", "PatientWeight"}
_PSEUDONYMS = {"PatientName", "PatientID"}


@dataclass
class Cleaned:
    """A data set without identity; ``removed`` and ``replaced`` count the attributes by name, never with a value."""

    dataset: Dataset
    removed: Counter[str] = field(default_factory=Counter)
    replaced: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)


def patient_of(dataset: Dataset) -> str:
    """Return what tells a patient from others: the id with its issuer, else the name, else the study."""
    identity = get_text(dataset, "PatientID"), get_text(dataset, "IssuerOfPatientID")
    if identity[0]:
        return "\0".join(identity)
    return get_text(dataset, "PatientName") or get_text(dataset, "StudyInstanceUID")


def clean_dataset(dataset: FileDataset, key: bytes, dates: Dates = Dates.SHIFTED) -> Cleaned:
    """Return a data set by the Basic Application Level Confidentiality Profile of DICOM PS3.15, Annex E.

    Raises
    ------
    PolicyError
        It is no image (a report, a document, a plan), or it says that text is burned into its pixels.
    UnreadableError
        Its header cannot be read.
    """
    _refuse(dataset)
    with quiet():
        cleaner = _Cleaner(Substitutes(key, patient_of(dataset)), dates, find_own_words(dataset))
        clean = cleaner.clean(dataset, 0)
        mark_clean(clean, dates, safe_private=cleaner.safe_private)
    cleaned = Cleaned(clean, cleaner.removed, cleaner.replaced)
    if "SecondaryCapture" in get_text(dataset, "SOPClassUID") or get_text(dataset, "ConversionType"):
        cleaned.notes.append(
            "it is a screen capture or a digitized film, into which names are often burned: look at it"
        )
    return cleaned


def _refuse(dataset: FileDataset) -> None:
    if not has_pixels(dataset):
        raise PolicyError(
            "is no image, but a report, document, plan or presentation, whose text cannot be cleaned",
            remedy="Leave it out.",
        )
    if get_text(dataset, "BurnedInAnnotation").startswith("YES"):
        raise PolicyError(
            "says that text is burned into its pixels (BurnedInAnnotation is YES)",
            remedy="Blacken the text with an image editor, and say so in the header.",
        )
    kind = get_text(dataset, "SOPClassUID")
    if not kind:
        raise PolicyError(
            "does not say what kind of object it is (SOPClassUID is empty), so that its attributes cannot be judged",
            remedy="Convert it instead: a picture or a volume has no header that names anybody.",
        )
    if not kind.startswith("1.2.840.10008."):
        raise PolicyError("is of a kind of a vendor's own, of which nobody knows what its attributes mean")


class _Cleaner:
    """Goes through a data set and its sequences, and keeps account."""

    def __init__(self, substitutes: Substitutes, dates: Dates, own_words: re.Pattern[bytes] | None) -> None:
        self._substitutes, self._dates, self._own_words = substitutes, dates, own_words
        self.removed: Counter[str] = Counter()
        self.replaced: Counter[str] = Counter()
        self.safe_private = False

    def clean(self, dataset: Dataset, depth: int) -> Dataset:
        import pydicom
        from pydicom.datadict import get_entry

        clean = pydicom.Dataset()
        for tag in sorted(dataset.keys()):
            raw = _item(dataset, tag)
            if raw is None:
                self.removed["an attribute that cannot be read"] += 1
                continue
            if tag.group < _FIRST_GROUP:
                continue  # commands of the network and file meta information, which is made anew
            if tag.is_private:
                self._private(dataset, raw, clean)
                continue
            try:
                vr, _, name, _, keyword = get_entry(tag)
            except KeyError:
                self.removed["an attribute unknown to the dictionary"] += 1
                continue
            rule = find_rule(tag)
            value: Any
            try:
                value = self._act(dataset, raw, keyword, vr, rule, depth)
            except UnreadableError:
                raise
            except Exception:
                # What cannot be read cannot be judged.
                value = None
            if value is None:
                self.removed[keyword or name] += 1
            else:
                clean[tag] = value
        return clean

    def _act(self, dataset: Dataset, raw: Any, keyword: str, vr: str, rule: Rule | None, depth: int) -> Any:
        """Return the element that stands in the place of one; None if none does."""
        options = vr.split(" or ")
        vr = raw.VR if raw.VR in options else options[0]
        if keyword in _PSEUDONYMS and depth == 0:
            return self._replace(raw, keyword, vr, self._substitutes.patient)
        if keyword in _CHARACTERISTICS:
            return self._characteristic(raw, keyword, vr)
        if rule is None:
            return self._keep(dataset, raw, keyword, vr, depth) if is_allowed(raw.tag.group, keyword, vr) else None
        if vr == "SQ":
            kept = rule.action in (Action.UID, Action.REMOVE_EMPTY_OR_UID) and depth < _DEEPEST
            if kept:
                return self._sequence(dataset, raw, depth)
            return None if rule.action is Action.REMOVE else self._replace(raw, keyword, vr, [])
        if rule.action in (Action.UID, Action.REMOVE_EMPTY_OR_UID):
            texts = _text(raw).split("\\")
            return self._replace(raw, keyword, "UI", [self._substitutes.uid(text) for text in texts if text] or "")
        if rule.modified_dates and vr in {"DA", "DT"} and self._dates is Dates.SHIFTED:
            moved = [self._substitutes.date(text) for text in _text(raw).split("\\")]
            if all(moved):
                return self._replace(raw, keyword, vr, moved)
        return self._by_code(raw, keyword, vr, rule.action)

    def _by_code(self, raw: Any, keyword: str, vr: str, action: Action) -> Any:
        """Remove, empty or replace: where the table leaves a choice, an image is conformant with the later one."""
        if action in (Action.REMOVE, Action.REMOVE_OR_DUMMY) and keyword not in {"ProtocolName"}:
            return None
        if action in (Action.DUMMY, Action.REMOVE_OR_DUMMY):
            return self._replace(raw, keyword, vr, DUMMIES[vr]) if vr in DUMMIES else None
        return self._replace(raw, keyword, vr, "") if vr in DUMMIES else None

    def _keep(self, dataset: Dataset, raw: Any, keyword: str, vr: str, depth: int) -> Any:
        """Return an element as it is, if its value has the form that its attribute asks for."""
        if vr == "SQ":
            return self._sequence(dataset, raw, depth) if depth < _DEEPEST else None
        # pydicom gives several where it read none, and the dictionary has several.
        stated = None if raw.VR is not None and " or " in raw.VR else raw.VR
        if stated not in (None, vr, "UN") and not (vr in _BINARY and stated in _BINARY):
            return None
        value = raw.value if isinstance(raw.value, bytes) else None
        if value is None:
            # Converted already, so that its text is looked at.
            value = _text(dataset[raw.tag]).encode("latin-1", "replace") if raw.value is not None else b""
        if self._own_words is not None and vr in _WORDS and self._own_words.search(value):
            return None
        return raw if is_in_form(keyword, vr, value) else None

    def _sequence(self, dataset: Dataset, raw: Any, depth: int) -> Any:
        from pydicom import DataElement, Sequence

        items = dataset[raw.tag].value or []
        if not isinstance(items, Sequence):
            return None if items else DataElement(raw.tag, "SQ", Sequence([]))
        return DataElement(raw.tag, "SQ", Sequence([self.clean(item, depth + 1) for item in items]))

    def _characteristic(self, raw: Any, keyword: str, vr: str) -> Any:
        text = _text(raw)
        value = fold_age(text) if keyword == "PatientAge" else text
        if not is_in_form(keyword, vr, value.encode("latin-1", "replace")):
            return None
        return raw if value == text else self._replace(raw, keyword, vr, value)

    def _private(self, dataset: Dataset, raw: Any, clean: Dataset) -> None:
        """Keep a private element that is known to be safe, with the element that names its creator."""
        tag = raw.tag
        creator_tag = (tag.group, tag.element >> 8)
        if tag.element > 0xFF and creator_tag in dataset:
            creator = _text(_item(dataset, creator_tag))
            vr = SAFE_PRIVATE.get((creator, tag.group, tag.element & 0xFF))
            value = raw.value
            if vr is not None and raw.VR in (None, vr, "UN") and isinstance(value, bytes) and is_in_form("", vr, value):
                clean[creator_tag] = dataset.get_item(creator_tag)
                clean[tag] = raw
                self.safe_private = True
                return
        self.removed["a private element"] += 1

    def _replace(self, raw: Any, keyword: str, vr: str, value: Any) -> Any:
        from pydicom import DataElement, Sequence

        self.replaced[keyword] += 1
        return DataElement(raw.tag, vr, Sequence(value) if vr == "SQ" else value)


_WORDS = {"CS", "SH", "LO"}
_BINARY = {"OB", "OW", "OF", "OD", "OL", "OV"}
# Attributes that the profile acts on stay allowed nowhere; a test holds the two lists apart.
ALLOWED_AND_ACTED_ON = _CHARACTERISTICS & set(KEYWORDS)


def _item(dataset: Dataset, tag: Any) -> Any:
    """Return an element as it stands in the file; None if not even that can be told."""
    try:
        return dataset.get_item(tag)
    except Exception:
        return None


def _text(element: Any) -> str:
    """Return the value of an element as text; empty if there is none."""
    if element is None:
        return ""
    value = element.value
    if isinstance(value, bytes):
        return value.decode("latin-1").strip("\x00 ")
    if value is None:
        return ""
    many = not isinstance(value, str) and hasattr(value, "__iter__") and not hasattr(value, "components")
    return "\\".join(str(part) for part in value) if many else str(value)
