"""What the reports of all products share: words, numbers, charts, tables and templates."""
