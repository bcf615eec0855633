"""The segmentation report: plain data first, then figures, sentences and the HTML page."""
