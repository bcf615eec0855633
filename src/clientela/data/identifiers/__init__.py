"""Direct identifiers of people: recognised in whole values and within texts."""
