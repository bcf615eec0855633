"""From a source to clean transactions with canonical columns, and a ledger of what was dropped."""
