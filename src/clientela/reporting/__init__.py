"""Pictures and texts about a comparison; each reads a summary and draws or writes it."""
