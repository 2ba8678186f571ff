"""The files that are compared: what inputs stand for, and of a dataset its images alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from covidcurate.convert.inputs import Source, unpacked_inputs
from covidcurate.dataset import Dataset
from covidcurate.errors import DatasetError


@contextmanager
def files_to_compare(inputs: Sequence[str]) -> Iterator[list[Source]]:
    """Yield the files of datasets, folders, patterns and archives, each once.

    A folder that is a dataset stands for the files of its media folders: what lies beside them, such as masks, is no
    image of the collection.

    Raises
    ------
    UsageError
        An input is not there, or holds no file.
    """
    with ExitStack() as stack:
        found: dict[Path, Source] = {}
        for text in inputs:
            sources = _files_of_dataset(Path(text))
            if sources is None:
                sources = stack.enter_context(unpacked_inputs([text]))
            for source in sources:
                found.setdefault(source.path.resolve(), source)
        yield list(found.values())


def _files_of_dataset(folder: Path) -> list[Source] | None:
    """Return the media files of a dataset; None if a folder is none, or has none of its media folders."""
    try:
        dataset = Dataset.open(folder) if folder.is_dir() else None
    except DatasetError:
        return None
    if dataset is None or not dataset.has_files():
        return None
    return [Source(file.path, str(file.path)) for file in dataset.list_files()]
