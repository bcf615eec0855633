"""The report of the Insiders programme: typed data, sentences, pictures, and one HTML page."""
