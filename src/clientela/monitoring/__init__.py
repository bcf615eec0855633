"""Monitoring: whether the customers of the last period still fit the champion, compared with the periods before it."""
