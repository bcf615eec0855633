"""The small version, for all tests of the segments."""

from .versions import files, lookup

__all__ = ["files", "lookup"]
