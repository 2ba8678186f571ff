"""Does an output still hold what identified somebody in the input? An independent check.

Nothing here knows the profile, the tables or the code of the de-identification: it collects every value of an input
that could name somebody and looks for it, in many spellings, in every byte of an output.
"""

from covidcurate.imaging.leaks.identifiers import Identifier, Kind, identifiers_of_dataset

__all__ = ["Identifier", "Kind", "identifiers_of_dataset"]
