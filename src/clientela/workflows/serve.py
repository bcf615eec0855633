"""The production server, put together: settings, keys, and the registry whose champion it follows."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from clientela import registry
from clientela.errors import ClientelaError, RegistryError
from clientela.serving.app import App, Told
from clientela.serving.churn import ChurnDesk, ChurnTold, open_churn
from clientela.serving.keys import Keys
from clientela.serving.limits import Rate
from clientela.serving.live import Beside, Follower, Watcher, open_version
from clientela.serving.log import Log
from clientela.serving.metrics import Metrics
from clientela.serving.routes import Routes
from clientela.settings import load_churn_model, load_server, load_tracking


def make_app() -> App:
    """What gunicorn serves, by the settings in the folder that CLIENTELA_CONF names; `conf` where it is not set.

    Raises:
        SystemExit: a setting is refused; gunicorn ends with the message and no stack trace.
    """
    try:
        return build(Path(os.environ.get("CLIENTELA_CONF", "conf")))
    except ClientelaError as error:
        raise SystemExit(str(error)) from error


def build(conf: Path) -> App:
    """The application, which opens the champion when it is started.

    Raises:
        InvalidSettings: a setting is refused, for example that there are no keys.
    """
    settings, model = load_server(conf=conf), load_tracking(conf=conf).model
    churn_model = load_churn_model(conf=conf) if settings.churn else None
    keys = Keys((key.name, key.sha256) for key in settings.keys)
    metrics = Metrics()
    log = Log(settings.log.requests, settings.log.sampled_share)
    follower = _follow(model, settings.poll_seconds, Told(metrics, log), open_version)
    churn = churn_model and _follow(churn_model, settings.poll_seconds, ChurnTold(log), open_churn)
    most = settings.limits.ids_a_request
    routes = Routes(
        keys,
        metrics,
        model=model,
        ids_a_request=most,
        metrics_need_key=settings.metrics_need_key,
        docs_need_key=settings.docs_need_key,
        churn=ChurnDesk(lambda: churn.serving, ids_a_request=most) if churn else None,
    )
    return App(
        routes,
        Beside(follower, churn) if churn else follower,
        rate=Rate(settings.limits.requests_a_second),
        metrics=metrics,
        log=log,
        body_bytes=settings.limits.body_bytes,
        body_seconds=settings.limits.body_seconds,
    )


def _follow(model: str, poll_seconds: float, watcher: Watcher, open_files: Callable[[str, Path], Any]) -> Follower:
    return Follower(
        lambda: registry.read_aliases(model).get(registry.CHAMPION),
        lambda number: _files(model, number),
        poll_seconds=poll_seconds,
        watcher=watcher,
        open_files=open_files,
    )


def _files(model: str, number: str) -> Path:
    found = registry.fetch(model, version=number)
    if found is None:
        raise RegistryError(f"The registry must hold version {number} of {model}; it does not.")
    return found.files
