"""Saved views of MLflow's UI: which runs a table shows, in which columns, and which charts.

A view is a tag of the experiment, as the button "Save view" of the UI writes it. MLflow does not document the tag;
browser tests check that the UI reads what this module writes.
"""

import base64
import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import NAMESPACE_URL, uuid5

PREFIX = "mlflow.sharedViewState."
COMPRESSED = "deflate;"  # how the UI marks a state that it has compressed
# How many comparisons have their views in the menu "Views" of the UI, which takes 40 views in all.
LISTED = 10
PIXELS_PER_LETTER, PADDING = 7, 28
NARROWEST, WIDEST = 64, 78
TEXT_WIDTH = 520  # of a column with sentences
TEXTS = ("reason",)
# The columns that MLflow always shows: the name first, and what is not needed as narrow as it can be.
NAME, CREATED, DURATION = "attributes.`Run Name`", "runDateAndNestInfo", "duration"
FIXED_WIDTHS = {NAME: 180, CREATED: 30, DURATION: 70}


@dataclass(frozen=True)
class Chart:
    """A chart of a view.

    Attributes:
        title: title of the chart.
        y: metrics on the vertical axis; several are the lines of one chart.
        x: parameter or metric on the horizontal axis of a scatter plot, such as "params.k"; None for lines over the
            steps of the metrics.
    """

    title: str
    y: tuple[str, ...]
    x: str | None = None


@dataclass(frozen=True)
class View:
    """A view of an experiment's runs.

    Attributes:
        name: name in the menu "Views".
        search: filter of the runs, in MLflow's language.
        columns: columns of the table in their order, such as "metrics.silhouette".
        order_by: metric by which the runs are sorted, ascending.
        charts: charts, in their order; without any, the UI makes one per metric.
    """

    name: str
    search: str
    columns: Sequence[str]
    order_by: str
    charts: Sequence[Chart] = ()


def encode_view(view: View, *, created: int) -> str:
    """The value of a view's tag.

    Args:
        view: the view.
        created: time of creation in milliseconds; the menu sorts by it.
    """
    state = COMPRESSED + base64.b64encode(zlib.compress(json.dumps(_state(view)).encode())).decode()
    return json.dumps({"name": view.name, "createdAt": created, "updatedAt": created, "state": state})


def decode_state(value: str) -> dict[str, Any]:
    """The state of the UI in a view's tag, listed or not."""
    state = value if value.startswith(COMPRESSED) else str(json.loads(value)["state"])
    return dict(json.loads(zlib.decompress(base64.b64decode(state.removeprefix(COMPRESSED)))))


def unlisted(tags: Mapping[str, str], *, prefixes: Sequence[str]) -> dict[str, str]:
    """Views of older comparisons without their names, so that the menu does not list them; their links still work.

    Args:
        tags: tags of the experiment.
        prefixes: how the keys of this project's views begin.

    Returns:
        Tag -> new value of the views that are no longer listed.
    """
    ours = tuple(f"{PREFIX}{prefix}" for prefix in prefixes)
    # Versions before 0.2 wrote the state alone.
    named = {tag: json.loads(value) for tag, value in tags.items() if tag.startswith(ours) and '"createdAt"' in value}
    newest = sorted({view["createdAt"] for view in named.values()}, reverse=True)[:LISTED]
    return {tag: view["state"] for tag, view in named.items() if view["createdAt"] not in newest}


def _state(view: View) -> dict[str, Any]:
    columns = [_column_id(column) for column in view.columns]
    widths = {_column_id(column): _width(column) for column in view.columns}
    charts, sections = _charts(view)
    return {
        "searchFilter": view.search,
        "orderByKey": f"metrics.`{view.order_by}`",
        "orderByAsc": True,
        "startTime": "ALL",
        "lifecycleFilter": "Active",
        "datasetsFilter": [],
        "modelVersionFilter": "All Runs",
        "selectedColumns": columns,
        "columnOrder": [NAME, CREATED, *columns, DURATION],
        "columnWidths": FIXED_WIDTHS | widths,
        "runsHiddenMode": "SHOW_ALL",
        "viewMaximized": False,
        "runListHidden": False,
        "isAccordionReordered": bool(charts),
        "groupBy": None,
        "groupsExpanded": {},
        "useGroupedValuesInCharts": True,
        "hideEmptyCharts": True,
        "globalLineChartConfig": {"xAxisKey": "step", "lineSmoothness": 0, "selectedXAxisMetricKey": ""},
        "compareRunCharts": charts or None,
        "compareRunSections": sections or None,
        "chartsSearchFilter": "",
    }


def _charts(view: View) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    if not view.charts:
        return [], []
    first = _id(view, "section")
    mine = {"uuid": first, "name": view.name, "display": True, "isReordered": True, "isGenerated": False}
    # The UI adds a chart per further metric to this one, which is folded.
    further = {"uuid": _id(view, "metrics"), "name": "Model metrics", "display": False, "isReordered": False}
    sections = [{**mine, "deleted": False}, {**further, "isGenerated": True, "deleted": False}]
    return [_chart(chart, _id(view, chart.title), first) for chart in view.charts], sections


def _chart(chart: Chart, uuid: str, section: str) -> dict[str, Any]:
    common = {
        "uuid": uuid,
        "metricSectionId": section,
        "displayName": chart.title,
        "deleted": False,
        "isGenerated": False,
        "runsCountToCompare": 100,
    }
    if chart.x is None:
        lines = {
            "type": "LINE",
            "metricKey": chart.y[0],
            "selectedMetricKeys": list(chart.y),
            "lineSmoothness": 0,
            "scaleType": "linear",
            "xAxisScaleType": "linear",
            "xAxisKey": "step",
            "selectedXAxisMetricKey": "",
            "yAxisKey": "metric",
            "yAxisExpressions": [],
            "range": {},
            "ignoreOutliers": False,
            "displayPoints": True,
            "useGlobalXaxisKey": True,
            "useGlobalLineSmoothing": True,
        }
        return common | lines
    kind, _, name = chart.x.partition(".")
    return common | {
        "type": "SCATTER",
        "xaxis": {"key": name, "type": "PARAM" if kind == "params" else "METRIC"},
        "yaxis": {"key": chart.y[0], "type": "METRIC"},
    }


def _id(view: View, name: str) -> str:
    return str(uuid5(NAMESPACE_URL, f"{view.name}/{name}"))


def _column_id(column: str) -> str:
    kind, _, name = column.partition(".")
    return f"{kind}.`{name}`"


def _width(column: str) -> int:
    name = column.partition(".")[2]
    return TEXT_WIDTH if name in TEXTS else min(max(len(name) * PIXELS_PER_LETTER + PADDING, NARROWEST), WIDEST)
