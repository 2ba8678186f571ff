"""Which kinds of DICOM objects may pass, and which need a person's look."""

from __future__ import annotations

from typing import TYPE_CHECKING

from covidcurate.errors import PolicyError
from covidcurate.imaging.deidentify.substitutes import is_standard
from covidcurate.imaging.dicom.header import get_text, make_uid, says_yes
from covidcurate.imaging.dicom.layout import has_pixels

if TYPE_CHECKING:
    from pydicom import Dataset, FileDataset

_SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"
_OFTEN_BURNED = {"US", "IVUS", "ES", "XC", "OP"}


def kind_of(dataset: FileDataset) -> str:
    """Return the SOP class of an object, from the file meta information where the data set does not say it."""
    meta = getattr(dataset, "file_meta", None)
    return get_text(dataset, "SOPClassUID") or ("" if meta is None else get_text(meta, "MediaStorageSOPClassUID"))


def instance_of(dataset: Dataset) -> str:
    """Return the UID of an object, from the file meta information where the data set does not say it."""
    meta = getattr(dataset, "file_meta", None)
    return get_text(dataset, "SOPInstanceUID") or ("" if meta is None else get_text(meta, "MediaStorageSOPInstanceUID"))


def is_enhanced(dataset: FileDataset) -> bool:
    """Whether an object is of an enhanced multi-frame kind, which has to have values where others need none."""
    return "PerFrameFunctionalGroupsSequence" in dataset or "Enhanced" in make_uid(kind_of(dataset)).name


def refuse(dataset: FileDataset) -> None:
    """Refuse what cannot be de-identified.

    Raises
    ------
    PolicyError
        It is no image, says that text is burned into it or that a face is to be seen, or is of an unknown kind.
    """
    if not has_pixels(dataset):
        raise PolicyError(
            "is no image, but a report, document, plan or presentation, whose text cannot be cleaned",
            remedy="Leave it out.",
        )
    refuse_burned_in(dataset, remedy="Blacken the text with an image editor, and say so in the header.")
    if says_yes(dataset, "RecognizableVisualFeatures"):
        raise PolicyError("says that a person can be known by its pixels (RecognizableVisualFeatures is YES)")
    kind = kind_of(dataset)
    if not kind:
        raise PolicyError(
            "does not say what kind of object it is (SOPClassUID is empty), so that its attributes cannot be judged",
            remedy="Convert it instead: a picture or a volume has no header that names anybody.",
        )
    if not is_standard(kind):
        raise PolicyError(
            "is of a vendor's own kind, or newer than the dictionary here: nobody knows what its attributes mean",
            remedy="Convert it instead: a picture or a volume has no header that names anybody.",
        )


def refuse_burned_in(dataset: FileDataset, *, remedy: str) -> None:
    """Refuse what says that text is burned into it.

    Raises
    ------
    PolicyError
        It says so.
    """
    if says_yes(dataset, "BurnedInAnnotation"):
        raise PolicyError("says that text is burned into its pixels (BurnedInAnnotation is YES)", remedy=remedy)


def notes_on(dataset: FileDataset) -> list[str]:
    """Return what a person has to look at before an object goes out."""
    captured = kind_of(dataset).startswith(_SECONDARY_CAPTURE) or get_text(dataset, "ConversionType")
    if captured:
        return ["it is a screen capture or a digitized film, into which names are often burned: look at it"]
    if get_text(dataset, "Modality").upper() in _OFTEN_BURNED:
        return ["devices of its kind often burn names into the image: look at it"]
    return []
