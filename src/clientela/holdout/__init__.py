"""Hold-out tests: what they can detect, and what they found."""
