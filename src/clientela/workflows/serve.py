"""The production server, put together: settings, keys, and the registry whose champion it follows."""

import os
from pathlib import Path

from clientela import registry
from clientela.errors import ClientelaError, RegistryError
from clientela.serving.app import App, Told
from clientela.serving.keys import Keys
from clientela.serving.limits import Rate
from clientela.serving.live import Follower
from clientela.serving.log import Log
from clientela.serving.metrics import Metrics
from clientela.serving.routes import Routes
from clientela.settings import load_server, load_tracking


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
    keys = Keys((key.name, key.sha256) for key in settings.keys)
    metrics = Metrics()
    log = Log(settings.log.requests, settings.log.sampled_share)
    routes = Routes(
        keys,
        metrics,
        model=model,
        ids_a_request=settings.limits.ids_a_request,
        metrics_need_key=settings.metrics_need_key,
        docs_need_key=settings.docs_need_key,
    )
    follower = Follower(
        lambda: registry.read_aliases(model).get(registry.CHAMPION),
        lambda number: _files(model, number),
        poll_seconds=settings.poll_seconds,
        watcher=Told(metrics, log),
    )
    return App(
        routes,
        follower,
        rate=Rate(settings.limits.requests_a_second),
        metrics=metrics,
        log=log,
        body_bytes=settings.limits.body_bytes,
        body_seconds=settings.limits.body_seconds,
    )


def _files(model: str, number: str) -> Path:
    found = registry.fetch(model, version=number)
    if found is None:
        raise RegistryError(f"The registry must hold version {number} of {model}; it does not.")
    return found.files
