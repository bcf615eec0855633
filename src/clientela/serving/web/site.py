"""The pages' addresses, and who may see them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from clientela.contracts import LANGUAGES
from clientela.serving.keys import Keys
from clientela.serving.refusals import Refusal
from clientela.serving.request import HTML, OTHER, Answer, Handler, OwnerOf, Request
from clientela.serving.web.cookies import language_cookie
from clientela.serving.web.entry import Entry, sign_in_address
from clientela.serving.web.forms import SHORT_FORM, Form, read_form, require_own_form, require_token
from clientela.serving.web.render import render
from clientela.serving.web.sessions import Sessions
from clientela.serving.web.visit import Visit, visit_of

PageHandler = Callable[[Request, Visit], Answer]
FormHandler = Callable[[Request, Visit, Form], Answer]


@dataclass(frozen=True)
class Page:
    """A page, or the form of one.

    Attributes:
        answer: answers a request.
        needs_key: whether a session or a key is needed.
        is_slow: whether it is answered in a thread: it reads the registry, or long lists.
        is_short: whether its form is short; others may have the length that the settings allow.
        is_target: whether signing in may lead to it.
    """

    answer: PageHandler
    needs_key: bool = True
    is_slow: bool = False
    is_short: bool = True
    is_target: bool = False


Pages = Mapping[str, Mapping[str, Page]]


class Site:
    """Finds the page of a request.

    Args:
        keys: API keys. A key in a header opens the pages, too.
        sessions: sessions of browsers.
        pages: path -> method -> page.
    """

    def __init__(self, keys: Keys, sessions: Sessions, pages: Pages) -> None:
        self._keys = keys
        self._sessions = sessions
        self._pages = pages
        self._targets = targets_of(pages)

    def find(self, request: Request) -> tuple[Handler, OwnerOf | None] | None:
        """The handler of a page, and how to find the owner of its session or key; None if there is no such page.

        Raises:
            Refusal: 405.
        """
        methods = self._pages.get(request.path)
        if methods is None:
            return None
        request.route = request.path
        page = methods.get("GET" if request.method == "HEAD" else request.method)
        if page is None:
            allowed = ", ".join(methods)
            raise Refusal(
                405,
                "METHOD_NOT_ALLOWED",
                f"The method of {request.route} must be {allowed}.",
                {b"allow": allowed.encode()},
            )
        request.in_thread = page.is_slow
        request.body_bytes = SHORT_FORM if page.is_short else None
        return self._with_visit(page), self._owner if page.needs_key else None

    def explain(self, request: Request, refusal: Refusal) -> Answer | None:
        """A refusal as a page; None if the request does not come from a browser, or is one of the API."""
        if refusal.status == 303:
            return 303, HTML, refusal.body
        if not (request.route in self._pages or request.route == OTHER) or not wants_page(request):
            return None
        request.reply_headers = ()
        return render("refused", request, visit_of(request), status=refusal.status, sentence=str(refusal))

    def _owner(self, request: Request) -> str:
        """The owner of the request's key or session.

        Raises:
            Refusal: 303 to the form for a browser without a session; 401 or 403 for others.
        """
        if self._keys.open or has_key(request):
            return self._keys.owner(request.headers)
        owner = self._sessions.owner(visit_of(request).token)
        if owner is not None:
            return owner
        if wants_page(request):
            location = sign_in_address(request, self._targets)
            raise Refusal(303, "UNAUTHENTICATED", "The page needs a session.", {b"location": location.encode()})
        return self._keys.owner(request.headers)

    def _with_visit(self, page: Page) -> Handler:
        def handle(request: Request) -> Answer:
            visit = visit_of(request)
            if not page.needs_key and not self._keys.open and (owner := self._sessions.owner(visit.token)):
                request.owner, visit = owner, replace(visit, owner=owner)
            if visit.query.get("language") in LANGUAGES:
                request.reply_headers = (language_cookie(visit.language, tls=visit.tls),)
            return page.answer(request, visit)

        return handle


def wants_page(request: Request) -> bool:
    """Whether a browser asks, which can show a page."""
    return b"text/html" in request.headers.get(b"accept", b"")


def targets_of(pages: Pages) -> frozenset[str]:
    """The paths of the pages to which signing in may lead."""
    return frozenset(path for path, methods in pages.items() if "GET" in methods and methods["GET"].is_target)


def own_form(answer: FormHandler) -> PageHandler:
    """The handler of a form that only a page of this server may send.

    A request with a key in a header is not checked: no other site can send one.
    """

    def handle(request: Request, visit: Visit) -> Answer:
        has_header = has_key(request)
        if not has_header:
            require_own_form(request)
        form = read_form(request)
        if visit.owner and not has_header:
            require_token(form, visit.token)
        return answer(request, visit, form)

    return handle


def has_key(request: Request) -> bool:
    """Whether a request has a key in a header."""
    return b"authorization" in request.headers or b"x-api-key" in request.headers


def sign_in_pages(entry: Entry) -> dict[str, dict[str, Page]]:
    """The pages for signing in and out."""
    return {
        "/sign-in": {"GET": Page(entry.show, needs_key=False), "POST": Page(entry.sign_in, needs_key=False)},
        "/sign-out": {"POST": Page(own_form(entry.sign_out))},
    }
