"""conf/alerts.yaml: which findings of monitoring are alerts, and where alerts are sent."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from clientela.settings.base import Frozen, Share


def _is_address(text: str) -> str:
    name, at, host = text.rpartition("@")
    if not (name and at and host) or any(letter.isspace() for letter in text):
        raise ValueError("must be an e-mail address")
    return text


Address = Annotated[str, AfterValidator(_is_address)]


class AlertRules(Frozen):
    """Findings that are alerts."""

    change: bool
    old_version: bool
    unknown_share: Share


class EmailSettings(Frozen):
    """E-mail over SMTP; no recipients, no mail."""

    to: tuple[Address, ...]
    sender: Address
    host: Annotated[str, Field(min_length=1)]
    port: Annotated[int, Field(ge=1, le=65535)]
    security: Literal["none", "starttls", "tls"]


class ChannelSettings(Frozen):
    """Where alerts are sent."""

    log: bool
    email: EmailSettings
    webhook: bool
    seconds: Annotated[float, Field(gt=0, le=300)]


class AlertSettings(Frozen):
    """conf/alerts.yaml."""

    repeat_days: Annotated[int, Field(ge=1)]
    rules: AlertRules
    channels: ChannelSettings
