"""Customer features (one row per customer as of one date) and the scaled matrix that clusterings are fitted to."""
