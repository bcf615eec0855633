"""Composes the production server: settings, keys, models, and the registry whose champions it follows.

Only this module of `clientela.serving` imports products. ASGI servers load `clientela.serving.app:app`. The application
is built on first access, so importing the module reads no settings.
"""

import atexit
import gc
import os
import shutil
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from clientela import registry
from clientela.campaigns.published import campaigns_state, fetch_campaigns
from clientela.churn import gate as churn_gate
from clientela.errors import ClientelaError, RegistryError
from clientela.processes import folder_prefix
from clientela.registry.forked import open_in_fork
from clientela.registry.revisions import champion_identity, number_of
from clientela.segmentation import gate as segments_gate
from clientela.serving.asgi import App, SwapReporter
from clientela.serving.campaigns import CampaignsReporter, open_campaigns
from clientela.serving.churn import open_churn
from clientela.serving.copies import Copies
from clientela.serving.keys import Keys
from clientela.serving.limits import Rate
from clientela.serving.live import Follower, Followers, Watcher
from clientela.serving.log import Log
from clientela.serving.metrics import Metrics
from clientela.serving.routes import Routes
from clientela.serving.segments import open_segments
from clientela.serving.web.compose import Registry, make_site
from clientela.serving.web.history import Model
from clientela.settings import load_privacy, load_server

OBJECTS_BETWEEN_COLLECTIONS = 100_000
READS = Registry(
    history=lambda model, limit: registry.history(model, limit=limit),
    report=lambda model, version, largest: registry.read_report(model, version, largest=largest),
)


def __getattr__(name: str) -> Any:
    if name == "app":
        return make_app()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def make_app() -> App:
    """The application of a server process, with the settings of the folder CLIENTELA_CONF (default: `conf`).

    After a model's first version is open, the garbage collector of this process is frozen.

    Raises:
        SystemExit: a setting is invalid; the server ends with the message and without a stack trace.
    """
    try:
        return build(Path(os.environ.get("CLIENTELA_CONF", "conf")), on_first_open=freeze_collector)
    except ClientelaError as error:
        raise SystemExit(str(error)) from error


def freeze_collector() -> None:
    """Make garbage collection rare: what is loaded now stays, and answers hold no reference cycles."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(OBJECTS_BETWEEN_COLLECTIONS)


def build(conf: Path, *, on_first_open: Callable[[], None] | None = None) -> App:
    """The application; it opens the champion when it is started.

    Args:
        conf: folder of the settings.
        on_first_open: called once per model, when its first version answers.

    Raises:
        InvalidSettings: a setting is invalid, for example keys are missing.
    """
    settings, segments = load_server(conf=conf), segments_gate.model_kind(conf)
    keys = Keys((key.name, key.sha256) for key in settings.keys)
    metrics = Metrics(churn=settings.churn)
    log = Log(settings.log.requests, settings.log.sampled_share)
    follow = partial(_follow, poll_seconds=settings.poll_seconds, on_first_open=on_first_open)
    follower = follow(
        segments.model,
        partial(open_segments, segments.open),
        partial(open_in_fork, segments.open),
        SwapReporter(metrics.segments, log),
    )
    campaigns = _follow_campaigns(segments.model, follower, CampaignsReporter(log), settings.poll_seconds)
    churn = None
    if metrics.churn:
        kind = churn_gate.model_kind(conf)
        churn = follow(
            kind.model,
            partial(open_churn, kind.open),
            partial(open_in_fork, kind.open),
            SwapReporter(metrics.churn, log, "churn_"),
        )
    least = load_privacy(conf=conf).smallest_group
    routes = Routes(
        keys,
        metrics,
        model=segments.model,
        ids_a_request=settings.limits.ids_a_request,
        metrics_need_key=settings.metrics_need_key,
        smallest_group=least,
        churn=(lambda: churn.serving) if churn else None,
        campaigns=lambda: campaigns.serving,
    )
    models = [Model(segments.model, lambda: follower.serving)]
    if churn:
        models.append(Model(kind.model, lambda: churn.serving))
    routes.add_pages(make_site(keys, routes, settings, smallest_group=least, models=models, reads=READS))
    return App(
        routes,
        Followers(follower, *([churn] if churn else []), campaigns),
        rate=Rate(settings.limits.requests_a_second, keys.owners),
        metrics=metrics,
        log=log,
        body_bytes=settings.limits.body_bytes,
        body_seconds=settings.limits.body_seconds,
    )


def _follow(
    model: str,
    open_version: Callable[[str, Path], Any],
    try_open: Callable[[Path], object],
    watcher: Watcher,
    *,
    poll_seconds: float,
    on_first_open: Callable[[], None] | None,
) -> Follower:
    return Follower(
        lambda: champion_identity(model),
        Copies(_folder(), lambda identity, folder: _fetch(model, number_of(identity), folder), try_open=try_open),
        poll_seconds=poll_seconds,
        watcher=watcher,
        open_version=lambda identity, files: open_version(number_of(identity), files),
        on_first_open=on_first_open,
    )


def _follow_campaigns(model: str, segments: Follower, watcher: Watcher, poll_seconds: float) -> Follower:
    """Follow the campaigns of the data set of the segments' version that answers."""

    def dataset() -> str | None:
        serving = segments.serving
        number = registry.read_aliases(model).get(registry.CHAMPION) if serving is None else serving.number
        return registry.tags_of(model, number).get("dataset", "") if number is not None else None

    def state() -> str | None:
        return campaigns_state(name) if (name := dataset()) is not None else None

    # Files are converted in a fork: the answers of this process do not wait for it.
    return Follower(
        state,
        Copies(_folder(), lambda _, folder: fetch_campaigns(dataset() or "", folder, convert=open_in_fork)),
        poll_seconds=poll_seconds,
        watcher=watcher,
        open_version=open_campaigns,
    )


def _folder() -> Path:
    """A folder for copies of versions; it is removed when the process that created it ends, not when a worker ends."""
    folder, creator = Path(tempfile.mkdtemp(prefix=folder_prefix("versions"))), os.getpid()

    def remove() -> None:
        if os.getpid() == creator:
            shutil.rmtree(folder, ignore_errors=True)

    atexit.register(remove)
    return folder


def _fetch(model: str, number: str, folder: Path) -> Path:
    found = registry.fetch(model, version=number, into=folder)
    if found is None:
        raise RegistryError(f"The registry must hold version {number} of {model}; it does not.")
    return found.files
