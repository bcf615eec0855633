"""Settings of a server, and its pages, for tests without a socket."""

from typing import Any

from clientela.serving.keys import Keys
from clientela.serving.routes import Routes
from clientela.serving.web.compose import Registry, make_site
from clientela.serving.web.history import Model
from clientela.settings import ServerSettings

LIMITS = {"body_bytes": 1_000_000, "body_seconds": 5, "ids_a_request": 1000, "requests_a_second": None}


def server_settings(*, keys: bool = True, **changes: Any) -> ServerSettings:
    given = {
        "bind": "127.0.0.1:0", "workers": 1, "poll_seconds": 60, "open": not keys,
        "keys": [{"name": "crm", "sha256": "0" * 64}] if keys else [], "metrics_need_key": True, "docs_need_key": True,
        "limits": LIMITS, "log": {"requests": "all", "sampled_share": 0},
    }  # fmt: skip
    return ServerSettings.model_validate({**given, **changes})


def add_pages(
    routes: Routes,
    keys: Keys,
    serving: Any,
    *,
    churn: Any = None,
    entries: Any = lambda model, limit: [],
    report: Any = lambda model, version, largest: None,
    smallest_group: int = 1,
    **changes: Any,
) -> None:
    """Serve the pages, as the application does."""
    models = [Model("customer-segments", serving), *([Model("customer-churn", churn)] if churn else [])]
    settings = server_settings(keys=not keys.open, **changes)
    reads = Registry(history=entries, report=report)
    routes.add_pages(make_site(keys, routes, settings, smallest_group=smallest_group, models=models, reads=reads))
