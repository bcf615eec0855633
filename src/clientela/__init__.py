"""Clientela: customer segmentation from transactions to a served segment for every customer id."""

__version__ = "0.2.0"
