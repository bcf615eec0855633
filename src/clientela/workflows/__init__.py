"""One module per verb: load the settings, call the steps of the products, hand the results on."""
