"""The production server: HTTP requests with customer ids in, answers of the champion versions out."""
