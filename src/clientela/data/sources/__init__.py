"""Sources that are not local files: objects of S3, Google Cloud Storage and Azure, and databases."""
