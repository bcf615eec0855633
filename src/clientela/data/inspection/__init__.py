"""Inspection of an unknown export: its layout, the role of each column, findings, a verdict and a data set file."""
