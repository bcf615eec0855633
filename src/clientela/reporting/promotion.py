"""What promote, rollback and history say in a terminal."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from clientela.reporting.tables import plain_table

STATES = {"done": "done", "begun": "unfinished", "refused": "refused"}


def gates_text(gates: Sequence[Mapping[str, Any]]) -> str:
    """One line a check: its verdict, its name and its sentence."""
    width = max(len(gate["name"]) for gate in gates)
    return "\n".join(
        f"{'passed' if gate['passed'] else 'FAILED'}  {gate['name']:<{width}}  {gate['sentence']}" for gate in gates
    )


def refusal(model: str, version: str, failed: Sequence[Mapping[str, Any]], *, of: int, hopeless: bool) -> str:
    """Why a version does not become champion: each failed check in its own line, and what can be done."""
    lines = [
        f"Version {version} of {model} must pass the gate to become champion; it fails {len(failed)} of {of} checks."
    ]
    lines += [f"  {gate['name']}: {gate['sentence']}" for gate in failed]
    if hopeless:
        lines.append("A version that cannot be served cannot be forced. Nothing was changed.")
    else:
        lines.append('Nothing was changed. To promote it all the same: -P force=true -P reason="...".')
    return "\n".join(lines)


def history_text(entries: Sequence[Mapping[str, Any]]) -> str:
    """A table of the changes, as they come, with the names of the checks that failed."""
    if not entries:
        return "No alias was changed yet."
    columns = ["when", "who", "action", "alias", "from", "to", "state", "failed", "reason"]
    return plain_table([_row(entry) for entry in entries], columns)


def history_lines(entries: Sequence[Mapping[str, Any]]) -> str:
    """One JSON object a line."""
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
