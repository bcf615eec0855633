"""Texts of `promote`, `rollback` and `history` for the terminal."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from clientela.reporting.tables import plain_table

STATES = {"done": "done", "begun": "unfinished", "refused": "refused"}


def gates_text(gates: Sequence[Mapping[str, Any]]) -> str:
    """One line per check: result, name and sentence."""
    width = max(len(gate["name"]) for gate in gates)
    return "\n".join(
        f"{'passed' if gate['passed'] else 'FAILED'}  {gate['name']:<{width}}  {gate['sentence']}" for gate in gates
    )


def refusal(model: str, version: str, failed: Sequence[Mapping[str, Any]], *, of: int, can_force: bool) -> str:
    """The message of a refused promotion: one line per failed check, and what the user can do.

    Args:
        model: name of the registered model.
        version: version that was refused.
        failed: failed checks.
        of: number of checks that ran.
        can_force: whether the failed checks can be overruled.

    Returns:
        The message, with several lines.
    """
    lines = [
        f"Version {version} of {model} must pass the gate to become champion; it fails {len(failed)} of {of} checks."
    ]
    lines += [f"  {gate['name']}: {gate['sentence']}" for gate in failed]
    if can_force:
        lines.append('Nothing was changed. To promote it nevertheless: -P force=true -P reason="...".')
    else:
        lines.append("A version that cannot be served cannot be forced. Nothing was changed.")
    return "\n".join(lines)


def history_text(entries: Sequence[Mapping[str, Any]]) -> str:
    """A table of the changes in the given order, with the names of failed checks."""
    if not entries:
        return "No alias has been changed yet."
    columns = ["when", "who", "action", "alias", "from", "to", "state", "failed", "reason"]
    return plain_table([_row(entry) for entry in entries], columns)


def history_lines(entries: Sequence[Mapping[str, Any]]) -> str:
    """One JSON object per line."""
    return "\n".join(json.dumps(dict(entry), ensure_ascii=False) for entry in entries)


def _row(entry: Mapping[str, Any]) -> dict[str, Any]:
    failed = ", ".join(gate["name"] for gate in entry["gates"] if not gate["passed"])
    return {
        "when": f"{entry['at'][:19]}Z".replace("T", " "),
        "who": entry["who"],
        "action": f"{entry['action']}, forced" if entry["forced"] else entry["action"],
        "alias": entry["alias"],
        "from": entry["from_version"] or "-",
        "to": entry["to_version"],
        "state": STATES.get(entry["state"], entry["state"]),
        "failed": failed,
        "reason": entry["reason"],
    }
