"""All results of a run of the Insiders programme."""

from dataclasses import dataclass

from clientela.insiders.backtest import BacktestData
from clientela.insiders.compare import RankingComparison
from clientela.insiders.customer_values import CustomerValues
from clientela.insiders.expected_revenue import ExpectedRevenue, RevenueShares
from clientela.insiders.opportunities import Action
from clientela.insiders.programme import Programme
from clientela.insiders.programme_size import Size, ValueCurve
from clientela.insiders.set_up import ProgrammeSetUp
from clientela.insiders.traits import Traits


@dataclass(frozen=True)
class InsidersResult:
    """What the list of members, the report, the MLflow run and the registered version are built from.

    Attributes:
        set_up: today's programme with all choices.
        curve: curve of the cumulated value, from which "auto" takes the size.
        backtest: backtest of the programme; None if the history is too short.
        traits: what sets the members apart.
        shares: the members' share of past revenue.
        expected: revenue to expect.
        actions: groups that a campaign can address.
    """

    set_up: ProgrammeSetUp
    curve: ValueCurve
    backtest: BacktestData | None
    traits: Traits
    shares: RevenueShares
    expected: ExpectedRevenue
    actions: list[Action]

    @property
    def size(self) -> Size:
        """Requested size."""
        return self.set_up.size

    @property
    def values(self) -> CustomerValues:
        """Customer-value models as of the present."""
        return self.set_up.ranked.values

    @property
    def comparison(self) -> RankingComparison:
        """Rankings compared at past dates."""
        return self.set_up.comparison

    @property
    def programme(self) -> Programme:
        """Today's programme."""
        return self.set_up.programme
