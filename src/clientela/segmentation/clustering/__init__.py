"""Candidates, their scores and stability, and the choice among them."""
