"""Churn: from customers as of a date to who will leave, why, and whether calling them pays."""
