"""From cluster labels to segments that are ordered by value, profiled and named."""
