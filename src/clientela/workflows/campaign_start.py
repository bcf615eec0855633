"""The start of a campaign: arms are drawn and recorded, and the list of the treated customers is written."""

import re
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

import duckdb
import pandas as pd

from clientela import tracking
from clientela.campaigns import register
from clientela.campaigns.assignment import Draw, Target, assign, count_arms
from clientela.campaigns.campaign import Campaign
from clientela.campaigns.contact import read_contact
from clientela.campaigns.exclusions import Earlier, concerns, exclusion_reasons
from clientela.campaigns.holdout_group import in_holdout
from clientela.campaigns.inputs import inputs_digest
from clientela.campaigns.lists import ListFiles, check_lists, read_contacts, write_lists
from clientela.campaigns.log import log_start
from clientela.campaigns.results import StartResult
from clientela.data.database import open_database
from clientela.dataset_privacy import note_written, privacy_of
from clientela.errors import InvalidInput
from clientela.exports.treatment import TREATMENT
from clientela.features.build import next_period
from clientela.loading import load_transactions
from clientela.request import RunRequest
from clientela.settings import CampaignSettings, Settings, load_campaigns, load_settings
from clientela.workflows.campaign_target import TargetGroup, read_target

NAME = re.compile(r"\w[\w .\-]{0,79}")


@dataclass(frozen=True, kw_only=True)
class StartRequest:
    """What is started.

    Attributes:
        name: name of the campaign, unique among those of the data set.
        action: what the treated customers get.
        segments: names or ids of the champion's segments, separated by commas; None for all.
        list_from: path of a list of customers, instead of segments.
        control: share of control customers, in (0, 1); None takes the settings'.
        days: length of the period; None takes the settings'.
        files: the lists to write.
    """

    name: str
    action: str = ""
    segments: str | None = None
    list_from: str | None = None
    control: float | None = None
    days: int | None = None
    files: ListFiles = field(default_factory=ListFiles)


@dataclass(frozen=True)
class _Inputs:
    """What the assignment follows from, besides earlier campaigns and the settings."""

    target: Target
    contact: pd.DataFrame
    draw: Draw


def start(request: RunRequest, wanted: StartRequest) -> StartResult:
    """Start a campaign: draw its arms, record them in a run, and write the lists.

    The record is complete once its run has finished; the lists follow. The same start again writes the lists again.

    Args:
        request: data set, source, seed, and as-of date: the first day of the campaign; None takes the day after the
            last transaction.
        wanted: name, customers, control share, length and lists.

    Returns:
        The campaign, its customers by segment, and the written lists.

    Raises:
        ClientelaError: of the kinds in `clientela.errors`, such as a name that is taken by another campaign. Nothing is
            recorded then.
    """
    settings, campaigns = load_settings(request.dataset, conf=request.conf), load_campaigns(conf=request.conf)
    _check_name(wanted.name)
    check_lists(wanted.files)
    contact_settings = settings.dataset.contact
    country = contact_settings.country if contact_settings else None
    contacts = read_contacts(wanted.files, country=country, privacy=privacy_of(settings.dataset))
    with open_database(settings.dataset.memory_limit) as connection:
        data = load_transactions(connection, settings.dataset, request)
        group = read_target(data, settings, list_from=wanted.list_from, segments=wanted.segments)
        contact = read_contact(connection, settings.dataset, group.customers, seed=request.seed)
        days = wanted.days or campaigns.days
        target = _target(connection, group, start=data.as_of - timedelta(days=days), days=days)
    draw = Draw(wanted.name, data.as_of, wanted.control or campaigns.control, request.seed)
    new = Campaign(
        name=draw.name,
        dataset=settings.dataset.name,
        action=wanted.action,
        start=draw.start,
        days=days,
        control=draw.control,
        seed=draw.seed,
        model_version=group.model_version,
        ledger={},
        digest=inputs_digest(target, contact, draw, campaigns, days=days, action=wanted.action),
    )
    found = _started(new)
    campaign = found or _record(new, _Inputs(target, contact, draw), settings, campaigns)
    assignment = register.read_assignment(campaign)
    written = write_lists(wanted.files, campaign, assignment, contacts)
    note_written(settings.dataset, *(one.place for one in written))
    return StartResult(campaign, assignment, written, repeated=found is not None)


def _check_name(name: str) -> None:
    if not NAME.fullmatch(name):
        raise InvalidInput(
            "The name parameter must be 1 to 80 letters, digits, spaces, dots, - and _, and begin with a letter or a "
            f"digit. Got {name!r} instead."
        )


def _target(connection: duckdb.DuckDBPyConnection, group: TargetGroup, *, start: date, days: int) -> Target:
    spend = next_period(connection, start=start, days=days)["next_spend"]
    return Target(group.customers, group.groups, spend.reindex(group.customers).fillna(0.0).to_numpy(dtype=float))


def _started(new: Campaign) -> Campaign | None:
    """The campaign with the same name and inputs, if it has been started before.

    Raises:
        InvalidInput: a campaign of this name has other inputs.
    """
    same = [campaign for campaign in register.list_campaigns(new.dataset) if campaign.name == new.name]
    if not same:
        return None
    if same[0].digest != new.digest:
        raise InvalidInput(
            f"The name parameter must be new, or all inputs those of the campaign {new.name!r}, which was started with "
            f"others (first day {same[0].start}, {same[0].customers:,} customers). Got the first day {new.start}."
        )
    return same[0]


def _record(new: Campaign, inputs: _Inputs, settings: Settings, campaigns: CampaignSettings) -> Campaign:
    name = f"{new.dataset} {new.start} {new.name}"
    with tracking.open_run(settings.tracking.experiment, name=name, stage=register.STAGE) as run_id:
        register.claim_start(run_id)
        if _started(new):
            raise InvalidInput(f"The campaign {new.name!r} has just been started by another process. Start it again.")
        earlier = [
            Earlier(one, register.read_assignment(one))
            for one in register.list_campaigns(new.dataset)
            if concerns(one, new.start, new.days, campaigns)
        ]
        reasons = exclusion_reasons(inputs.contact, earlier, campaigns, start=new.start, days=new.days)
        held_out = in_holdout(inputs.target.customers.tolist(), campaigns.holdout)
        assignment = assign(inputs.target, held_out, reasons, inputs.draw)
        campaign = replace(new, ledger=count_arms(assignment), run_id=run_id)
        _check_treats(campaign)
        register.write_campaign(campaign, assignment)
        log_start(campaign, assignment)
    return campaign


def _check_treats(campaign: Campaign) -> None:
    if campaign.ledger[TREATMENT]:
        return
    left_out = ", ".join(f"{count:,} {name}" for name, count in campaign.ledger.items() if count) or "none"
    raise InvalidInput(
        f"A campaign must treat at least one customer. Got a target group of {campaign.customers:,} customers: "
        f"{left_out}."
    )
