"""Make a registered version the champion, if it passes the gate; the one before keeps the alias "previous"."""

from pathlib import Path

import click

from console import RESTART, told

CONF = Path(__file__).resolve().parents[1] / "conf"
FORCE = "Promote it though checks fail, all but that it loads and answers; needs a reason."


@click.command(help=__doc__)
@click.option("--version", required=True, help="Number of the version in the registry.")
@click.option(
    "--force", default="false", type=click.BOOL, is_flag=False, flag_value="true", show_default=True, help=FORCE
)
@click.option("--reason", default="", help="One line for the audit.")
@click.option("--model", default="", help="The registered model; the segments' if empty.")
@told
def main(version: str, force: bool, reason: str, model: str) -> None:
    """Run the workflow and say what stands now."""
    from clientela.request import PromotionRequest
    from clientela.workflows.promote import promote

    request = PromotionRequest(conf=CONF, model=model or None, force=force, reason=reason or None, echo=click.echo)
    done = promote(version, request)
    before = f"version {done['replaced']} is kept as previous" if done["replaced"] else "there was none before"
    overruled = f" Overruled: {', '.join(done['overruled'])}." if done["overruled"] else ""
    click.echo(f"Version {version} of {done['model']} is the champion; {before}.{overruled} {RESTART}")


if __name__ == "__main__":
    main()
