"""The report of monitoring, in English and Portuguese."""
