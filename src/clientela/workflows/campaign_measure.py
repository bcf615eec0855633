"""The result of a campaign, from its record or its list and the transactions since."""

from dataclasses import replace
from datetime import date, timedelta

import duckdb
import numpy as np

from clientela import tracking
from clientela.campaigns.campaign import Campaign
from clientela.campaigns.customer_list import CustomerList, list_of_assignment, read_list
from clientela.campaigns.log import log_campaign
from clientela.campaigns.measure import groups_without_result, measure_campaign
from clientela.campaigns.period import observe_period
from clientela.campaigns.register import attach_result, find_campaign, measurement_tags, read_assignment
from clientela.campaigns.results import CampaignResult
from clientela.data.database import open_database
from clientela.errors import InvalidData, InvalidInput
from clientela.features.build import default_as_of, parse_as_of
from clientela.holdout.lift import sample_ratio_p_value
from clientela.loading import load_transactions
from clientela.request import RunRequest
from clientela.settings import CampaignSettings, load_campaigns, load_settings


def measure(
    request: RunRequest,
    *,
    campaign: str | None = None,
    list_from: str | None = None,
    days: int | None = None,
    cost: float = 0.0,
    control: float | None = None,
) -> CampaignResult:
    """What a campaign brought: the lift of the treated customers over those who were held out.

    The result of a started campaign is attached to it.

    Args:
        request: data set, source, seed, and as-of date: the first day of the campaign; None takes the record's or the
            list's.
        campaign: name of a started campaign, or id of its run.
        list_from: path of the list of a campaign without a record, as `clientela score --treatment` wrote it.
        days: length of the period; None takes the campaign's or the settings', or what is over by the end of the data.
        cost: cost per treated customer (currency).
        control: share that was to be held out, to check the list; None checks nothing.

    Returns:
        The result; its run is logged.

    Raises:
        ClientelaError: of the kinds in `clientela.errors`, such as a list without arms or a period that is not over.
    """
    settings, campaigns = load_settings(request.dataset, conf=request.conf), load_campaigns(conf=request.conf)
    started = find_campaign(campaign, settings.dataset.name) if campaign else None
    listed = _customers(started, list_from)
    start = _start(request, started, listed)
    with open_database(settings.dataset.memory_limit) as connection:
        load_transactions(connection, settings.dataset, replace(request, as_of=None))
        length = _length(connection, start, days, started.days if started else campaigns.days)
        name = f"{settings.dataset.name} {started.name if started else start} result"
        with tracking.open_run(settings.tracking.experiment, name=name, stage="campaign") as run_id:
            treated = np.asarray(listed.treated)
            period = observe_period(connection, listed.customers, start=start, days=length, seed=request.seed)
            rows = measure_campaign(period, listed.groups, treated, campaigns, cost=cost)
            result: CampaignResult = {
                "dataset": settings.dataset.name,
                "campaign": started.name if started else None,
                "action": started.action if started else None,
                "start": start.isoformat(),
                "end": (start + timedelta(days=length - 1)).isoformat(),
                "days": length,
                "treated": int(treated.sum()),
                "control": int((~treated).sum()),
                "cost": cost,
                "rows": rows,
                "warnings": _warnings(listed, groups_without_result(listed.groups, rows), campaigns, control),
            }
            log_campaign(result, tags=measurement_tags(started) if started else {})
    if started:
        attach_result(started, run_id)
    return result


def _customers(started: Campaign | None, list_from: str | None) -> CustomerList:
    """The customers of a campaign's record or of a list."""
    if (started is None) == (not list_from):
        given = "both" if started else "neither"
        raise InvalidInput(f"Either the campaign or the list parameter must be given. Got {given}.")
    if started:
        return list_of_assignment(read_assignment(started))
    listed = read_list(str(list_from))
    if listed.treated is None:
        raise InvalidData(
            "The list of a campaign must have a column arm with treatment or control; clientela score --treatment 0.9 "
            "writes one. A campaign that clientela campaign start has started is measured by its name."
        )
    return listed


def _start(request: RunRequest, started: Campaign | None, listed: CustomerList) -> date:
    if started:
        if request.as_of and parse_as_of(request.as_of) != started.start:
            raise InvalidInput(
                f"The as_of parameter of the campaign {started.name!r} must be its first day, {started.start}. "
                f"Got {request.as_of} instead."
            )
        return started.start
    if request.as_of:
        return parse_as_of(request.as_of)
    if listed.start is None:
        raise InvalidInput(
            "The as_of parameter must be the first day of the campaign, because the list has no column as_of. "
            "Got no value."
        )
    return listed.start


def _length(connection: duckdb.DuckDBPyConnection, start: date, days: int | None, planned: int) -> int:
    known = (default_as_of(connection) - start).days
    length = days or min(planned, known)
    if not 0 < length <= known:
        raise InvalidInput(
            f"The period of a campaign that began on {start} must be over by the end of the data, {known} days later. "
            f"Got {length} days."
        )
    return length


def _warnings(
    listed: CustomerList, unmeasured: list[str], campaigns: CampaignSettings, control: float | None
) -> list[str]:
    found, treated = [], np.asarray(listed.treated)
    held_out = int((~treated).sum())
    if control and sample_ratio_p_value(held_out, len(treated), share=control) < campaigns.sample_ratio:
        found.append(
            f"Warning: {held_out:,} of {len(treated):,} customers were held out, but {control:.1%} were planned. "
            "Chance does not explain this. Find out which customers are missing before you use the result."
        )
    if unmeasured:
        found.append(f"Too few customers to compare, and not part of the total: {', '.join(unmeasured)}.")
    return found
