"""The command `clientela`: one subcommand per task. Heavy imports happen when a command runs, so --help is quick."""

import click

from clientela import __version__
from clientela.cli.campaigns import campaign
from clientela.cli.doctor import doctor
from clientela.cli.folder import init
from clientela.cli.inspection import inspect
from clientela.cli.keys import key
from clientela.cli.monitoring import monitor, renew
from clientela.cli.privacy import forget, vault
from clientela.cli.registry import history, promote, rollback
from clientela.cli.runs import churn, demo, insiders, refresh, score, segment
from clientela.cli.servers import serve, try_api, ui


class InOrder(click.Group):
    """A group that lists its commands in the order in which they are usually run."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of the commands."""
        return list(self.commands)


@click.group(cls=InOrder, context_settings={"max_content_width": 100})
@click.version_option(__version__, prog_name="clientela", message="%(prog)s %(version)s")
def main() -> None:
    """Customer segments, loyalty programmes and churn from transactions.

    Settings come from one folder: --conf DIR, else ./conf if it is one of Clientela's, else the defaults that the
    package brings along. Names of data sets are looked up in that folder only. clientela init writes a folder of your
    own to change.
    """


for command in (
    demo,
    inspect,
    segment,
    refresh,
    score,
    insiders,
    churn,
    campaign,
    monitor,
    renew,
    promote,
    rollback,
    history,
    ui,
    forget,
    vault,
    doctor,
    key,
    serve,
    try_api,
    init,
):
    main.add_command(command)
