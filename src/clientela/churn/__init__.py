"""Churn: which customers are likely to leave, why, and whether a call to them pays."""
