"""Make the previous champion the champion again."""

from pathlib import Path

import click

from console import RESTART, told

CONF = Path(__file__).resolve().parents[1] / "conf"
FORCE = "Bring it back though its code is not the project's; needs a reason."


@click.command(help=__doc__)
@click.option(
    "--force", default="false", type=click.BOOL, is_flag=False, flag_value="true", show_default=True, help=FORCE
)
@click.option("--reason", default="", help="One line for the audit.")
@click.option("--model", default="", help="The registered model; the segments' if empty.")
@told
def main(force: bool, reason: str, model: str) -> None:
    """Run the workflow and say what stands now."""
    from clientela.request import PromotionRequest
    from clientela.workflows.promote import rollback

    request = PromotionRequest(conf=CONF, model=model or None, force=force, reason=reason or None, echo=click.echo)
    done = rollback(request)
    before = f"; version {done['replaced']} is kept as previous" if done["replaced"] else ""
    overruled = f" Overruled: {', '.join(done['overruled'])}." if done["overruled"] else ""
    click.echo(f"Version {done['version']} of {done['model']} is the champion again{before}.{overruled} {RESTART}")


if __name__ == "__main__":
    main()
