"""The churn report: its data, sentences, pictures and HTML page."""
