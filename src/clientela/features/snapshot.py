"""Customers as of a date."""

FEWEST_CUSTOMERS = 50
