"""The dataset as a folder on disk: where things stand, who holds it, and changes that happen whole or not at all."""

from covidcurate.dataset.folder import Dataset
from covidcurate.dataset.new import create_dataset
from covidcurate.dataset.transaction import NewFile, Transaction

__all__ = ["Dataset", "NewFile", "Transaction", "create_dataset"]
