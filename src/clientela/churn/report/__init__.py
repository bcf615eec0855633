"""The churn report: plain data, sentences, pictures, one HTML page."""
