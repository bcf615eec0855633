"""Forgetting customers: files are rewritten without them, and a search through all stores shows that none is left."""
