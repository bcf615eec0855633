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
from clientela.campaigns.period import Period, observe_period
from clientela.campaigns.register import attach_result, find_campaign, measurement_tags, read_assignment
from clientela.campaigns.report.data import build_report
from clientela.campaigns.report.html import render_report
from clientela.campaigns.results import CampaignResult, SampleRatio
from clientela.campaigns.texts import warnings_of
from clientela.data.database import open_database
from clientela.data.privacy import Privacy
from clientela.dataset_privacy import privacy_of
from clientela.errors import InvalidData, InvalidInput
from clientela.exports.report_files import check_folder, write_whole
from clientela.features.build import default_as_of, parse_as_of
from clientela.holdout.lift import FEWEST, sample_ratio_p_value
from clientela.loading import load_transactions
from clientela.request import RunRequest
from clientela.settings import CampaignSettings, Settings, load_campaigns, load_settings


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
        request: data set, source, seed, the report's language and path, and as-of date: the first day of the campaign;
            None takes the record's or the list's.
        campaign: name of a started campaign, or id of its run.
        list_from: path of the list of a campaign without a record, as `clientela score --treatment` wrote it.
        days: length of the period; None takes the campaign's or the settings', or what is over by the end of the data.
        cost: cost per treated customer (currency).
        control: share that was to be held out, to check the size of the control group; None takes the record's, and
            checks nothing of a list.

    Returns:
        The result; its run is logged.

    Raises:
        ClientelaError: of the kinds in `clientela.errors`, such as a list without arms or a period that is not over.
    """
    settings, campaigns = load_settings(request.dataset, conf=request.conf), load_campaigns(conf=request.conf)
    if request.report:
        check_folder("report", request.report)
    started = find_campaign(campaign, settings.dataset.name) if campaign else None
    listed = _customers(started, list_from, privacy_of(settings.dataset))
    start = _start(request, started, listed)
    planned = control or (started.control if started else None)
    with open_database(settings.dataset.memory_limit) as connection:
        data = load_transactions(connection, settings.dataset, replace(request, as_of=None))
        length = _length(connection, start, days, started.days if started else campaigns.days)
        name = f"{settings.dataset.name} {started.name if started else start} result"
        with tracking.open_run(settings.tracking.experiment, name=name, stage="campaign") as run_id:
            period = observe_period(connection, listed.customers, start=start, days=length, seed=request.seed)
            result = _result(settings, campaigns, listed, period, started=started, cost=cost, planned=planned)
            report = build_report(result, data, settings.dataset, ledger=started.ledger if started else {})
            page = render_report(report, language=request.language)
            log_campaign(result, page=page, tags=measurement_tags(started) if started else {})
    if started:
        attach_result(started, run_id)
    if request.report:
        write_whole(request.report, page)
    return result


def _result(
    settings: Settings,
    campaigns: CampaignSettings,
    listed: CustomerList,
    period: Period,
    *,
    started: Campaign | None,
    cost: float,
    planned: float | None,
) -> CampaignResult:
    treated = np.asarray(listed.treated)
    smallest = max(settings.dataset.smallest_group, FEWEST)
    rows = measure_campaign(period, listed.groups, treated, campaigns, cost=cost, smallest_group=smallest)
    ratio, unmeasured = _ratio(treated, campaigns, planned), groups_without_result(listed.groups, rows)
    return {
        "dataset": settings.dataset.name,
        "title": settings.dataset.title,
        "currency": settings.dataset.currency,
        "campaign": started.name if started else None,
        "action": started.action if started else None,
        "start": period.start.isoformat(),
        "end": (period.start + timedelta(days=period.days - 1)).isoformat(),
        "days": period.days,
        "treated": int(treated.sum()),
        "control": int((~treated).sum()),
        "cost": cost,
        "level": 1 - campaigns.significance,
        "ratio": ratio,
        "rows": rows,
        "unmeasured": unmeasured,
        "warnings": warnings_of(ratio, unmeasured, customers=len(treated)),
    }


def _customers(started: Campaign | None, list_from: str | None, privacy: Privacy) -> CustomerList:
    """The customers of a campaign's record or of a list."""
    if (started is None) == (not list_from):
        given = "both" if started else "neither"
        raise InvalidInput(f"Either the campaign or the list parameter must be given. Got {given}.")
    if started:
        return list_of_assignment(read_assignment(started))
    listed = read_list(str(list_from), privacy)
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


def _ratio(treated: np.ndarray, campaigns: CampaignSettings, planned: float | None) -> SampleRatio:
    held_out = int((~treated).sum())
    p_value = sample_ratio_p_value(held_out, len(treated), share=planned) if planned and len(treated) else None
    return {
        "planned": planned,
        "observed": held_out / max(len(treated), 1),
        "p_value": p_value,
        "is_off": p_value is not None and p_value < campaigns.sample_ratio,
    }
