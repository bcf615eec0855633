"""The report of the version that answers: a page of its own, which may do nothing but show itself."""

import logging
from collections.abc import Callable
from time import monotonic
from typing import Any

from clientela.registry import Report
from clientela.reporting.script import page_policy
from clientela.serving.request import HTML, Answer, Request
from clientela.serving.web.render import PAGE_HEADERS, render
from clientela.serving.web.served import require_serving
from clientela.serving.web.visit import Visit

LARGEST = 40_000_000  # bytes
KEPT_SECONDS = 60.0  # until the registry is asked again where it had no report, or gave no answer
# The report is a file of the store. Only the script of the reports of this release may run in it, in an origin of its
# own: it cannot read the session or the other pages, send anything, or be shown in another page.
SANDBOX = "sandbox allow-scripts allow-downloads allow-modals"
POLICY = f"{page_policy(has_script=True)}; frame-ancestors 'none'; {SANDBOX}".encode()
LOG = logging.getLogger(__name__)


class ReportPage:
    """The report of the champion's run, or of the version that it continues.

    Args:
        model: name of the registered model of the segments.
        read_report: returns the report of a version, given the model's name, the version and the largest size.
        clock: returns seconds.
    """

    def __init__(
        self,
        model: str,
        read_report: Callable[[str, str, int], Report | None],
        *,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._model = model
        self._read_report = read_report
        self._clock = clock
        self._kept: tuple[Any, float, Report | None] | None = None

    def show(self, request: Request, visit: Visit) -> Answer:
        """The report of the version that answers; otherwise a page that says which there is.

        Raises:
            Refusal: no version is loaded.
        """
        serving = require_serving(request)
        report = self._report(serving)
        if report is not None and report.version == serving.number:
            return _as_it_is(request, report)
        status = 404 if report is None else 200
        return render(
            "report", request, visit, status=status, version=serving.number, earlier=report.version if report else None
        )

    def show_earlier(self, request: Request, visit: Visit) -> Answer:
        """The report of the version that the one that answers continues.

        Raises:
            Refusal: no version is loaded.
        """
        report = self._report(require_serving(request))
        return self.show(request, visit) if report is None else _as_it_is(request, report)

    def _report(self, serving: Any) -> Report | None:
        """The report; kept as long as these files of the version are served."""
        kept = self._kept
        if kept is None or kept[0] is not serving or (kept[2] is None and self._clock() - kept[1] > KEPT_SECONDS):
            kept = self._kept = serving, self._clock(), self._read(serving.number)
        return kept[2]

    def _read(self, version: str) -> Report | None:
        try:
            return self._read_report(self._model, version, LARGEST)
        except Exception as error:  # of many kinds; the page says that there is no report
            LOG.warning(
                "The report of version %s of %s cannot be read (%s).", version, self._model, type(error).__name__
            )
            return None


def _as_it_is(request: Request, report: Report) -> Answer:
    request.reply_headers = (*request.reply_headers, *PAGE_HEADERS, (b"content-security-policy", POLICY))
    return 200, HTML, report.content
