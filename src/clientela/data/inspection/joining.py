"""Tables beside the inspected one that have what it does not have, and the columns to join them on."""

from collections.abc import Mapping, Sequence

from clientela.data.inspection.names import name_scores, words_of
from clientela.data.inspection.opening import Neighbour

NAMED = 0.9
KEYS = ("order_id", "product_id")  # a customer has many orders: no dates or amounts can be joined on it


def joining_hint(columns: Mapping[str, str], missing: Sequence[str], tables: Sequence[Neighbour]) -> str:
    """A sentence that says which tables to join on which columns; empty if no table helps.

    Args:
        columns: canonical column -> header of the inspected table.
        missing: roles that it does not have.
        tables: tables beside it.

    Returns:
        The sentence.
    """
    keys = [columns[key] for key in KEYS if key in columns]
    steps = []
    left = list(missing)
    for table in sorted(tables, key=lambda table: -len(_helps(table, missing))):
        shared = [key for key in keys if key in table.header]
        helps = [role for role in _helps(table, left) if role not in shared]
        if shared and helps:
            steps.append(f"{table.path.name!r} on {shared[0]!r} (has {', '.join(helps)})")
            left = [role for role in left if role not in helps]
    if not steps:
        return ""
    return f"{'; '.join(steps)}. See the key joins."


def _helps(table: Neighbour, missing: Sequence[str]) -> list[str]:
    """The missing roles that a table's header names."""
    return [role for role in missing if any(_names(header, role) for header in table.header)]


def _names(header: str, role: str) -> bool:
    scores = name_scores(header)
    if role == "amount":
        return max(scores.get("amount", 0), scores.get("unit_price", 0)) >= NAMED and len(words_of(header)) <= 3
    return scores.get(role, 0) >= NAMED
