"""Shared parts of all reports: words, numbers, charts, tables and templates."""
