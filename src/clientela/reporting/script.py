"""The script of a page: part of the page, with a policy that lets the browser run no other."""

import base64
import hashlib
from functools import cache
from importlib.resources import files

from markupsafe import Markup

POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"


@cache
def page_script() -> Markup:
    """The script of the pages."""
    return Markup(files("clientela.reporting").joinpath("templates", "page.js.j2").read_text(encoding="utf-8"))


def page_policy(*, has_script: bool) -> str:
    """The content security policy of a page: its own styles, pictures and script, no network.

    Args:
        has_script: whether the page has the script (`page_script`).
    """
    if not has_script:
        return POLICY
    digest = base64.b64encode(hashlib.sha256(page_script().encode()).digest()).decode()
    return f"{POLICY}; script-src 'sha256-{digest}'"
