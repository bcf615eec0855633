"""The commands of campaigns: plan a hold-out test, measure what a campaign brought."""

from typing import Any

import click

from clientela.cli.options import (
    SETTINGS,
    as_of_option,
    conf_option,
    dataset_option,
    exit_on_error,
    language_option,
    report_option,
    run_request,
    seed_option,
    source_option,
    text_option,
)


@click.group(context_settings=SETTINGS)
def campaign() -> None:
    """Plan and measure campaigns with a held-out control group."""


@campaign.command(context_settings=SETTINGS)
@text_option("--list", "File with the campaign's customers; the champion's segments if empty.", dest="list_from")
@text_option("--control", "Share of the customers to hold out, such as 0.1; the settings' if empty.")
@text_option("--uplift", "Relative lift to show, such as 0.1; the settings' if empty.")
@dataset_option("demo")
@source_option
@as_of_option
@seed_option
@language_option("the report")
@report_option
@conf_option
@exit_on_error
def plan(list_from: str, control: str, uplift: str, **options: Any) -> None:
    """Say which lift a campaign must have so that a control group shows it.

    For each segment, or for the customers of a list: the smallest lift in spend, orders and buyers by length of the
    period, and the share of customers to hold out for a wanted lift.
    """
    from clientela.campaigns.texts import plan_text
    from clientela.cli.parameters import parse_share, parse_uplift
    from clientela.workflows.campaign_plan import plan

    share, wanted = parse_share("control", control), parse_uplift(uplift)
    request = run_request(options)
    click.echo(plan_text(plan(request, list_from=list_from or None, control=share, uplift=wanted)))


@campaign.command(context_settings=SETTINGS)
@text_option("--campaign", "Name of a started campaign, or id of its run.")
@text_option("--list", "File with the customers of a campaign without a record, with column arm.", dest="list_from")
@text_option("--days", "Length of the period; if empty, the campaign's or the settings', or as long as the data reach.")
@text_option("--cost", "Cost per treated customer; 0 if empty.")
@text_option("--control", "Share that was to be held out, to check the list; no check if empty.")
@dataset_option("demo")
@source_option
@text_option("--as-of", "First day of the campaign; the record's or the list's own if empty.")
@seed_option
@language_option("the report")
@report_option
@conf_option
@exit_on_error
def measure(campaign: str, list_from: str, days: str, cost: str, control: str, **options: Any) -> None:
    """Say what a campaign brought, from its record or its list and the transactions since.

    The lift of spend, orders and buyers in total and by segment, adjusted for what was expected of each customer before
    the campaign, with intervals. All assigned customers count.
    """
    from clientela.campaigns.texts import result_text
    from clientela.cli.parameters import parse_cost, parse_days, parse_share
    from clientela.workflows.campaign_measure import measure

    length, price, share = parse_days(days), parse_cost(cost), parse_share("control", control)
    which = {"campaign": campaign or None, "list_from": list_from or None}
    result = measure(run_request(options), **which, days=length, cost=price, control=share)
    click.echo(result_text(result))
