"""The dataset as a folder on disk: where things stand, who holds it, and changes that happen whole or not at all.

What only reads imports this package alone; ``new`` and ``transaction`` are imported by those who write.
"""

from covidcurate.dataset.folder import Dataset

__all__ = ["Dataset"]
