"""The folder of a run: what is in it, how it is written and read, and who may write to it."""

from recotour_vae.files.numbered import FORMAT
from recotour_vae.folder.claim import claimed
from recotour_vae.folder.data import RunData, describe, describe_group
from recotour_vae.folder.layout import BEST, HISTORY, LAST, SETTINGS, SPLIT, TITLES, Folder

__all__ = [
    "BEST",
    "FORMAT",
    "HISTORY",
    "LAST",
    "SETTINGS",
    "SPLIT",
    "TITLES",
    "Folder",
    "RunData",
    "claimed",
    "describe",
    "describe_group",
]
