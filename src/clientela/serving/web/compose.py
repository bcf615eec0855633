"""Composes the pages."""

from collections.abc import Callable, Sequence

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
from clientela.serving.web.site import Page, Site, own_form, sign_in_pages, targets_of
from clientela.settings import ServerSettings

HOUR = 3600.0


def make_site(
    keys: Keys,
    asking: Asking,
    settings: ServerSettings,
    *,
    smallest_group: int,
    models: Sequence[Model],
    read_history: Callable[[str, int], Sequence[registry.Entry]],
    read_report: Callable[[str, str, int], registry.Report | None],
) -> Site:
    """The pages of a server.

    Args:
        keys: API keys.
        asking: asks the served versions.
        settings: settings of the server.
        smallest_group: number of customers below which a segment has no figures.
        models: the served models: that of the segments, then that of churn if it is served.
        read_history: returns the audit of a model, given its name and a limit.
        read_report: returns the report of a version, given the model's name, the version and the largest size.

    Returns:
        The pages, for `Routes.add_pages`.
    """
    sessions = Sessions(keys.owners, seconds=settings.pages.session_hours * HOUR)
    docs = DocsPage(
        asking,
        ids_a_request=settings.limits.ids_a_request,
        keys=not keys.open,
        shows_ids=keys.open or settings.docs_need_key,
        churn=models[1].serving if len(models) > 1 else None,
    )
    ids = IdsPage(asking, most=settings.limits.ids_a_request)
    report = ReportPage(models[0].name, read_report)
    shown = {
        "/": Page(Overview(smallest_group=smallest_group).show, is_target=True, is_slow=True),
        "/customer": Page(CustomerPage(asking).show, is_target=True, is_slow=True),
        "/ids": Page(ids.show, is_target=True, is_slow=True),
        "/report": Page(report.show, is_target=True, is_slow=True),
        "/report/earlier": Page(report.show_earlier, is_target=True, is_slow=True),
        "/history": Page(HistoryPage(models, read_history).show, is_target=True, is_slow=True),
        "/docs": Page(docs.show, needs_key=settings.docs_need_key, is_target=True, is_slow=True),
        "/openapi.json": Page(docs.document, needs_key=settings.docs_need_key, is_target=True, is_slow=True),
    }
    pages = {path: {"GET": page} for path, page in shown.items()}
    entry = Entry(keys, sessions, Attempts(settings.pages.failed_sign_ins_a_minute), targets=targets_of(pages))
    for path, send in (("/ids", ids.send), ("/docs", docs.send)):
        pages[path]["POST"] = Page(own_form(send), is_slow=True, is_short=False)
    return Site(keys, sessions, {**pages, **sign_in_pages(entry)})
