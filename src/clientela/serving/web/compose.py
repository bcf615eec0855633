"""Composes the pages."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from clientela import registry
from clientela.serving.keys import Keys
from clientela.serving.web.asking import Asking
from clientela.serving.web.attempts import Attempts
from clientela.serving.web.customer import CustomerPage
from clientela.serving.web.docs import DocsPage
from clientela.serving.web.entry import Entry
from clientela.serving.web.history import HistoryPage, Model
from clientela.serving.web.ids import IdsPage
from clientela.serving.web.overview import Overview
from clientela.serving.web.report import ReportPage
from clientela.serving.web.sessions import Sessions
from clientela.serving.web.site import FormHandler, Page, PageHandler, Site, own_form, sign_in_pages, targets_of
from clientela.settings import ServerSettings

HOUR = 3600.0


@dataclass(frozen=True)
class Registry:
    """What the pages read in the registry.

    Attributes:
        history: returns the audit of a model, given its name and a limit.
        report: returns the report of a version, given the model's name, the version and the largest size.
    """

    history: Callable[[str, int], Sequence[registry.Entry]]
    report: Callable[[str, str, int], registry.Report | None]


def make_site(
    keys: Keys,
    asking: Asking,
    settings: ServerSettings,
    *,
    smallest_group: int,
    models: Sequence[Model],
    reads: Registry,
) -> Site:
    """The pages of a server.

    Args:
        keys: API keys.
        asking: asks the served versions.
        settings: settings of the server.
        smallest_group: number of customers below which a segment has no figures.
        models: the served models: that of the segments, then that of churn if it is served.
        reads: reads the registry.

    Returns:
        The pages, for `Routes.add_pages`.
    """
    docs = DocsPage(
        asking,
        ids_a_request=settings.limits.ids_a_request,
        keys=not keys.open,
        shows_ids=keys.open or settings.docs_need_key,
        churn=models[1].serving if len(models) > 1 else None,
    )
    pages = {
        **_shop_pages(asking, settings, smallest_group=smallest_group, models=models, reads=reads),
        "/docs": {
            "GET": _shown(docs.show, needs_key=settings.docs_need_key),
            "POST": _long_form(docs.send),
        },
        "/openapi.json": {"GET": _shown(docs.document, needs_key=settings.docs_need_key)},
    }
    sessions = Sessions(keys.owners, seconds=settings.pages.session_hours * HOUR)
    attempts = Attempts(settings.pages.failed_sign_ins_a_minute)
    entry = Entry(keys, sessions, attempts, targets=targets_of(pages))
    return Site(keys, sessions, {**pages, **sign_in_pages(entry)})


def _shop_pages(
    asking: Asking, settings: ServerSettings, *, smallest_group: int, models: Sequence[Model], reads: Registry
) -> dict[str, dict[str, Page]]:
    ids = IdsPage(asking, most=settings.limits.ids_a_request)
    report = ReportPage(models[0].name, reads.report)
    return {
        "/": {"GET": _shown(Overview(smallest_group=smallest_group).show)},
        "/customer": {"GET": _shown(CustomerPage(asking).show)},
        "/ids": {"GET": _shown(ids.show), "POST": _long_form(ids.send)},
        "/report": {"GET": _shown(report.show)},
        "/report/earlier": {"GET": _shown(report.show_earlier)},
        "/history": {"GET": _shown(HistoryPage(models, reads.history).show)},
    }


def _shown(answer: PageHandler, *, needs_key: bool = True) -> Page:
    return Page(answer, needs_key=needs_key, is_slow=True, is_target=True)


def _long_form(answer: FormHandler) -> Page:
    return Page(own_form(answer), is_slow=True, is_short=False)
