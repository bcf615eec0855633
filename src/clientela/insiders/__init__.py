"""The Insiders programme: who the best customers will be, by explicit rules, and how sure that is."""
