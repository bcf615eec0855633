"""What the data look like before any clustering: distributions, pairs, concentration, cohorts and seasons."""
