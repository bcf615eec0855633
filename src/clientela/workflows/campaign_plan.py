"""The plan of a campaign, from a data set and a list or the champion's segments."""

from datetime import timedelta

import numpy as np
import pandas as pd

from clientela import tracking
from clientela.campaigns.customer_list import read_list
from clientela.campaigns.log import log_plan
from clientela.campaigns.period import observe_period
from clientela.campaigns.plan import plan_campaign
from clientela.campaigns.report.plan_html import render_plan
from clientela.campaigns.results import PlanResult
from clientela.data.database import open_database
from clientela.dataset_privacy import privacy_of
from clientela.errors import InvalidData
from clientela.exports.report_files import check_folder, write_whole
from clientela.loading import ShopData, load_transactions
from clientela.request import RunRequest
from clientela.segmentation.registered import require_version
from clientela.segmentation.score import score_table
from clientela.settings import CampaignSettings, Settings, load_campaigns, load_settings


def plan(
    request: RunRequest, *, list_from: str | None = None, control: float | None = None, uplift: float | None = None
) -> PlanResult:
    """What a hold-out test can show of the customers of a list, or of each segment of the champion.

    Args:
        request: data set, source, as-of date and seed, and the report's language and path.
        list_from: path of a list of customers; None takes the champion's segments.
        control: share to hold out, in (0, 1); None takes the settings'.
        uplift: relative lift to detect; None takes the settings'.

    Returns:
        The plan; its run is logged.

    Raises:
        ClientelaError: of the kinds in `clientela.errors`.
    """
    settings, campaigns = load_settings(request.dataset, conf=request.conf), load_campaigns(conf=request.conf)
    if request.report:
        check_folder("report", request.report)
    with open_database(settings.dataset.memory_limit) as connection:
        data = load_transactions(connection, settings.dataset, request)
        customers, groups = _groups(data, settings, list_from)
        name = f"{settings.dataset.name} {data.as_of} plan"
        with tracking.open_run(settings.tracking.experiment, name=name, stage="campaign plan"):
            lengths = _lengths(data, campaigns)
            periods = {
                days: observe_period(
                    connection, customers, start=data.as_of - timedelta(days=days), days=days, seed=request.seed
                )
                for days in lengths
            }
            share, wanted = control or campaigns.control, uplift or campaigns.uplift
            result: PlanResult = {
                "dataset": settings.dataset.name,
                "title": settings.dataset.title,
                "currency": settings.dataset.currency,
                "as_of": data.as_of.isoformat(),
                "control": share,
                "uplift": wanted,
                "power": campaigns.power,
                "significance": campaigns.significance,
                "days": campaigns.days if campaigns.days in lengths else lengths[-1],
                "rows": plan_campaign(periods, groups, campaigns, control=share, uplift=wanted),
            }
            page = render_plan(result, language=request.language)
            log_plan(result, page=page)
    if request.report:
        write_whole(request.report, page)
    return result


def _groups(data: ShopData, settings: Settings, list_from: str | None) -> tuple[pd.Index, np.ndarray]:
    if list_from:
        listed = read_list(list_from, privacy_of(settings.dataset))
        return listed.customers, listed.groups
    model = require_version(settings.tracking.model, dataset=settings.dataset.name)
    scored = score_table(data, model, language="en", treatment=None, seed=0)
    return pd.Index(scored["customer_id"]), scored["segment"].to_numpy(dtype=object)


def _lengths(data: ShopData, campaigns: CampaignSettings) -> list[int]:
    """The lengths for which there is a past period after some time to predict it from."""
    known = (data.as_of - data.period[0]).days
    lengths = [days for days in sorted({*campaigns.durations_days, campaigns.days}) if 2 * days <= known]
    if not lengths:
        raise InvalidData(
            "The history must be at least twice as long as the shortest of durations_days in conf/campaigns.yaml, "
            f"{min(campaigns.durations_days)} days. Got {known} days."
        )
    return lengths
