"""The digest of everything that a campaign's assignment follows from, to recognise a start that is repeated."""

import hashlib
import json
from dataclasses import asdict

import pandas as pd

from clientela.campaigns.assignment import Draw, Target
from clientela.settings import CampaignSettings

LENGTH = 32  # hexadecimal digits


def inputs_digest(
    target: Target, contact: pd.DataFrame, draw: Draw, settings: CampaignSettings, *, days: int, action: str
) -> str:
    """SHA-256 of the inputs, shortened to 32 hexadecimal digits.

    Campaigns that were started since are no input: a repeated start must not depend on them.

    Args:
        target: the target group.
        contact: the frame of `read_contact`.
        draw: name, first day, control share and seed.
        settings: rules of the hold-out and of exclusions.
        days: length of the period (days).
        action: what the treated customers get.
    """
    rules = settings.model_dump(include={"holdout", "exclude_running", "days_between_contacts"}, mode="json")
    given = {**asdict(draw), "start": draw.start.isoformat(), "days": days, "action": action, "rules": rules}
    rows = contact.assign(group=target.groups, spend=target.spend)
    digest = hashlib.sha256(json.dumps(given, sort_keys=True).encode())
    digest.update(rows.to_csv(lineterminator="\n").encode())
    return digest.hexdigest()[:LENGTH]
