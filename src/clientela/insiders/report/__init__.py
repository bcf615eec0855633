"""The report of the Insiders programme: plain data, sentences, pictures, one HTML page."""

from clientela.insiders.report.html import render_insiders

__all__ = ["render_insiders"]
