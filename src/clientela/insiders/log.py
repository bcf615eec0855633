"""What a run of the Insiders programme leaves: the report's plain data, its figures in MLflow, the version."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd
import yaml

from clientela import tracking
from clientela.insiders.report.texts import _guarantee_rows, summary_note
from clientela.loading import ShopData
from clientela.settings import Settings

if TYPE_CHECKING:
    from clientela.insiders.findings import Made


def log_insiders(
    settings: Settings,
    data: ShopData,
    made: "Made",
    summary: Mapping[str, Any],
    members: pd.DataFrame,
    *,
    page: str,
    run_id: str,
) -> None:
    """The run's own figures, tables and files, and one nested run an order or model that was judged."""
    name = settings.dataset.name
    tracking.log_dataset(
        data.features, name=name, location=data.source.location, digest=data.source.digest, context="insiders"
    )
    tracking.log_candidates(run_id, _orders(summary))
    proof = summary["proof"]
    tracking.log_results(
        note=summary_note(summary),
        tags={key: summary["shop"][key] for key in ("dataset", "digest", "as_of")} | {"choice": made.contest.choice},
        metrics=_metrics(summary),
        tables={
            "ledger": data.ledger,
            "insiders": members,
            "replay": pd.DataFrame(summary["replay"]["months"]),
            "orders": pd.DataFrame(summary["contest"]["models"]),
            **({"guarantee": pd.DataFrame(_guarantee_rows(proof))} if proof else {}),
        },
        texts={
            "settings.yaml": yaml.safe_dump(settings.dump(), sort_keys=False, allow_unicode=True),
            "rules.yaml": yaml.safe_dump(summary["programme"]["rules"], sort_keys=False),
            "report.html": page,
        },
        files={},
    )


def _orders(summary: Mapping[str, Any]) -> list[dict[str, Any]]:
    contest = summary["contest"]
    used = contest["model"] if contest["choice"] == "model" else contest["choice"]
    return [
        {
            "name": f"★ {row['name']}" if row["name"] == used else row["name"],
            "params": {"order": row["name"], "kind": "model" if row["is_model"] else "order"},
            "metrics": {key: row[key] for key in ("average_precision", "precision", "share")},
            "tags": {"dataset": summary["shop"]["dataset"], "verdict": "winner" if row["name"] == used else "judged"},
            "files": {},
            "line": None,
        }
        for row in contest["models"]
    ]


def _metrics(summary: Mapping[str, Any]) -> dict[str, float]:
    programme, proof = summary["programme"], summary["proof"]
    metrics = {
        "members": programme["members"],
        "customers": summary["data"]["customers"],
        "fidelity": programme["fidelity"],
        "revenue_share": summary["shares"]["history"]["share"][1],
        **{f"expected_{row['months']}_months": row["members"][1] for row in summary["expected"]["totals"]},
    }
    if summary["replay"]["flapped"] is not None:
        metrics["flapped"] = summary["replay"]["flapped"]
    if proof:
        metrics |= {
            "times_the_rest": proof["dates"][0]["times"][1],
            "permutation_p": proof["chance"]["probability"],
            **{f"next_share_{row['name']}": row["share"][1] for row in proof["against"]},
        }
    return {name: float(value) for name, value in metrics.items()}
