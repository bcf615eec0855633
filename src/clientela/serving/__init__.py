"""From customer ids to segments: what a registered model version holds and how it answers."""
