"""From customer ids to answers: what the registered models of all products share."""
