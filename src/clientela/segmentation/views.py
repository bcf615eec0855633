"""The saved views of a comparison in MLflow's UI: its leaderboard, and its figures by number of segments."""

from collections.abc import Mapping, Sequence
from typing import Any

from clientela import ui_addresses
from clientela.shared_views import Chart, View
from clientela.tracking import ELBOWS, elbow_line, has_elbow


def leaderboard_view(run_id: str, columns: Sequence[str]) -> View:
    """The view of a comparison's candidates: the table, and scatter plots of the figures that decide.

    Args:
        run_id: id of the comparison's run.
        columns: columns of the table, such as "metrics.silhouette".
    """
    charts = [Chart(f"{metric} by number of segments", (metric,), x="metrics.segment_count") for metric in ELBOWS]
    both = Chart("explained_spend and stability", ("explained_spend",), x="metrics.stability")
    return View("Leaderboard", ui_addresses.children_of(run_id), columns, order_by="rank", charts=(*charts, both))


def curves_view(run_id: str, candidates: Sequence[Mapping[str, Any]]) -> View:
    """The view of a comparison's curves: each figure over k, with one line per algorithm.

    Args:
        run_id: id of the comparison's run.
        candidates: the candidates' runs, as `candidate_run` gives them.
    """
    charts = [
        Chart(f"{metric} by k", lines)
        for metric in ELBOWS
        if (lines := tuple(dict.fromkeys(elbow_line(metric, one) for one in candidates if has_elbow(metric, one))))
    ]
    return View("By number of segments", ui_addresses.run_filter(run_id), (), order_by="rank", charts=charts)
