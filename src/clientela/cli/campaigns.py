"""The commands of campaigns: plan a hold-out test, start a campaign, simulate one, measure what it brought."""

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
    """Plan, start and measure campaigns with a held-out control group."""


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
@click.option("--name", required=True, help="Name of the campaign, unique among those of the data set.")
@text_option("--action", "What the treated customers get, such as coupon; campaigns with one action are comparable.")
@text_option("--segments", "Names or ids of the champion's segments, separated by commas; all if empty.")
@text_option("--list", "File with the campaign's customers, instead of segments.", dest="list_from")
@text_option("--control", "Share of control customers, such as 0.1; the settings' if empty.")
@text_option("--days", "Length of the period in which the result is measured; the settings' if empty.")
@text_option("--output", "Write the treated customers to this file or database table.")
@text_option("--google", "Write the customer-match file of Google Ads (.csv); needs --contacts.")
@text_option("--meta", "Write the customer-match file of Meta (.csv); needs --contacts.")
@text_option("--contacts", "File with contact details, which are only read for --google and --meta.")
@dataset_option("demo")
@source_option
@text_option("--as-of", "First day of the campaign; the day after the last transaction if empty.")
@seed_option
@conf_option
@exit_on_error
def start(name: str, action: str, segments: str, list_from: str, control: str, days: str, **options: Any) -> None:
    """Draw the arms of a campaign, record them, and write the lists of the treated customers.

    Left out are the global hold-out, customers without consent, those contacted recently, and those in another running
    campaign. The others are treated or control, at random within segment and recent spend.
    """
    from clientela.campaigns.lists import ListFiles
    from clientela.campaigns.start_text import result_text
    from clientela.cli.parameters import parse_days, parse_share
    from clientela.workflows.campaign_start import StartRequest, start

    files = ListFiles(**{key: options.pop(key) or None for key in ("output", "google", "meta", "contacts")})
    wanted = StartRequest(
        name=name.strip(),
        action=action.strip(),
        segments=segments or None,
        list_from=list_from or None,
        control=parse_share("control", control),
        days=parse_days(days),
        files=files,
    )
    click.echo(result_text(start(run_request(options), wanted)))


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


@campaign.command(context_settings=SETTINGS)
@click.option("--campaign", required=True, help="Name of a campaign of the demo shop, or id of its run.")
@click.option("--output", required=True, help="Text file (.csv) for the transactions.")
@text_option("--response", "Share of the treated customers who place one more order; 0.2 if empty.")
@seed_option
@exit_on_error
def simulate(campaign: str, output: str, response: str, seed: int) -> None:
    """Write the demo shop's transactions as if a campaign had worked for a known share of its customers.

    To try campaign measure: its interval should contain what was added. The demo shop only.
    """
    from pathlib import Path

    from clientela.campaigns.texts import simulation_text
    from clientela.cli.parameters import parse_share
    from clientela.workflows.campaign_simulate import simulate

    share = parse_share("response", response) or 0.2
    click.echo(simulation_text(simulate(campaign, output=Path(output), response=share, seed=seed), output))
