"""From a source to clean transactions in one canonical shape, with a ledger of what was taken out."""
