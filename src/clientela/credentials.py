"""Passwords in addresses: they belong in the environment, not in parameters, which MLflow keeps and prints."""

import os
import re
from collections.abc import Mapping
from urllib.parse import quote

from clientela.errors import InvalidInput

REFERENCE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
# scheme://USER:PASSWORD@HOST. The path of a web address may hold an @; the password of a database may hold any sign.
USER_INFO = re.compile(r"^\s*([A-Za-z][A-Za-z0-9+.-]*)://([^/?#@:\s]*):(.*)@", re.DOTALL)
WEB_USER_INFO = re.compile(r"^\s*(https?|ftp|s3|gs|gcs|az|azure|abfss?|r2)://([^/?#@:\s]*):([^/?#]*)@", re.IGNORECASE)
WEB = re.compile(r"^\s*(https?|ftp|s3|gs|gcs|az|azure|abfss?|r2)://", re.IGNORECASE)
# Values of such keys in a query.
SECRET_KEYS = re.compile(
    r"[?&;]((?:[\w-]*[_.-])?(?:password|passwd|pwd|sslpassword|secret|token|access_?key|api_?key|sas|sig|signature|key|credential)"
    r"(?:[_.-]\w+)?)=([^&;#]+)",
    re.IGNORECASE,
)
WHERE_IT_BELONGS = (
    "MLflow keeps parameters and prints them. Put the password of a database into the environment variable PGPASSWORD "
    "or into ~/.pgpass, or write ${NAME} in its place, where NAME is an environment variable"
)


def refuse_passwords(parameters: Mapping[str, object]) -> None:
    """Check that no parameter contains a password.

    Args:
        parameters: name and value of each parameter.

    Raises:
        InvalidInput: a text has the form of an address with a password.
    """
    for name, value in parameters.items():
        if isinstance(value, str) and has_password(value):
            kept = os.environ.get("MLFLOW_RUN_ID")
            late = f" MLflow has kept this one in the run {kept}: change it." if kept else ""
            raise InvalidInput(
                f"The {name} parameter must not contain a password. {WHERE_IT_BELONGS}. "
                f"Got {without_password(value)!r} instead.{late}"
            )


def has_password(address: str) -> bool:
    """Whether an address has a password that is not a reference to the environment.

    Example:
        >>> has_password("postgresql://me:secret@host/shop"), has_password("postgresql://me:${PW}@host/shop")
        (True, False)
    """
    user_info = _user_info(address).match(address)
    given = [user_info.group(3)] if user_info else []
    given += [value for _, value in SECRET_KEYS.findall(address)] if "://" in address else []
    return any(value and not REFERENCE.fullmatch(value) for value in given)


def without_password(address: str) -> str:
    """The address with `***` in place of its passwords; references to the environment stay.

    Example:
        >>> without_password("postgresql://me:secret@host/shop?sslpassword=more")
        'postgresql://me:***@host/shop?sslpassword=***'
    """
    masked = _user_info(address).sub(lambda found: f"{found[1]}://{found[2]}:{_masked(found[3])}@", address)
    if "://" not in masked:
        return masked
    return SECRET_KEYS.sub(lambda found: f"{found[0].removesuffix(found[2])}{_masked(found[2])}", masked)


def fill_references(address: str) -> str:
    """The address with the percent-encoded value of each `${NAME}` in the environment.

    Raises:
        InvalidInput: a variable is not set.
    """

    def value(found: re.Match[str]) -> str:
        if not (text := os.environ.get(found[1], "")):
            raise InvalidInput(f"The environment variable {found[1]} must be set: an address refers to it. It is not.")
        return quote(text, safe="")

    return REFERENCE.sub(value, address)


def _user_info(address: str) -> re.Pattern[str]:
    return WEB_USER_INFO if WEB.match(address) else USER_INFO


def _masked(text: str) -> str:
    return text if REFERENCE.fullmatch(text) else "***"
