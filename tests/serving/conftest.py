"""The small version of the segments, for all tests of the server."""

from ..segmentation.versions import files, lookup

__all__ = ["files", "lookup"]
