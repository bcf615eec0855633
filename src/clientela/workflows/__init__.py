"""One module per command: loads the settings and calls the steps of the products."""
