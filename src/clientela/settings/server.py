"""conf/server.yaml: address, API keys, limits and log of the production server."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from clientela.settings.base import Frozen, Share

Seconds = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Count = Annotated[int, Field(ge=1)]


class KeySettings(Frozen):
    """An API key: the name of its owner and its SHA-256. The key itself is not stored."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,64}$")]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class LimitSettings(Frozen):
    """The limits of a request and of a key."""

    body_bytes: Count
    body_seconds: Seconds
    ids_a_request: Count
    requests_a_second: Seconds | None


class LogSettings(Frozen):
    """The requests that are logged."""

    requests: Literal["all", "errors", "sampled"]
    sampled_share: Share


class PageSettings(Frozen):
    """The pages for people: how long a browser stays signed in, and how often signing in may fail."""

    session_hours: Annotated[float, Field(gt=0, le=24 * 31, allow_inf_nan=False)] = 8
    failed_sign_ins_a_minute: Count = 10


class ServerSettings(Frozen):
    """conf/server.yaml."""

    bind: str
    workers: Count
    poll_seconds: Seconds
    churn: bool = False
    open: bool
    keys: tuple[KeySettings, ...]
    metrics_need_key: bool
    docs_need_key: bool
    pages: PageSettings = PageSettings()
    limits: LimitSettings
    log: LogSettings

    @model_validator(mode="after")
    def _somebody_may_ask(self) -> Self:
        if not self.keys and not self.open:
            raise ValueError(
                "keys must list at least one key (clientela key new NAME makes one), "
                "or open must be true, which lets everybody ask; got no keys and open: false"
            )
        if self.keys and self.open:
            raise ValueError("open must be false where there are keys; got open: true")
        names = [key.name for key in self.keys]
        if len(set(names)) < len(names):
            raise ValueError(f"keys must have different names; got {names}")
        return self
