"""The commands that look at new data: monitor compares them with the champion, renew acts on them."""

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
)


@click.command(context_settings=SETTINGS)
@dataset_option("demo")
@source_option
@as_of_option
@seed_option
@language_option("the report")
@report_option
@conf_option
@exit_on_error
def monitor(**options: Any) -> None:
    """Say whether the last period of the data still fits the champion.

    Activity, prices, sizes and features of the segments are compared with the periods before. At most 5 % of the
    periods without a change raise an alarm.
    """
    from clientela.monitoring.texts import result_text
    from clientela.workflows.monitor import monitor

    click.echo(result_text(monitor(run_request(options))))


@click.command(context_settings=SETTINGS)
@dataset_option("demo")
@source_option
@as_of_option
@seed_option
@language_option("the reports")
@click.option(
    "--dry-run", default="false", type=click.BOOL, is_flag=False, flag_value="true", help="Only say what would be done."
)
@conf_option
@exit_on_error
def renew(dry_run: bool, **options: Any) -> None:
    """Bring segments, Insiders and churn up to date with new data.

    Looks at the data, refreshes the segments or finds them anew, and promotes versions that pass the gate. A second run
    on the same data does nothing.
    """
    from clientela.monitoring.texts import renewal_text
    from clientela.workflows.renew import renew

    click.echo(renewal_text(renew(run_request(options), dry_run=dry_run)))
