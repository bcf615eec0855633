"""All results of a run of the Insiders programme."""

from dataclasses import dataclass

from clientela.insiders.backtest import BacktestData
from clientela.insiders.compare import RankingComparison
from clientela.insiders.expected_revenue import ExpectedRevenue, RevenueShares
from clientela.insiders.opportunities import Action
from clientela.insiders.programme import Programme
from clientela.insiders.programme_size import Size, ValueCurve
from clientela.insiders.rankings import CustomerValues
from clientela.insiders.traits import Traits


@dataclass(frozen=True)
class InsidersResult:
    """What the list of members, the report, the MLflow run and the registered version are built from.

    Attributes:
        size: requested size.
        curve: curve of the cumulated value, from which "auto" takes the size.
        values: customer-value models as of the present.
        comparison: rankings compared at past dates.
        programme: today's programme.
        backtest: backtest of the programme; None if the history is too short.
        traits: what sets the members apart.
        shares: the members' share of past revenue.
        expected: revenue to expect.
        actions: groups that a campaign can address.
    """

    size: Size
    curve: ValueCurve
    values: CustomerValues
    comparison: RankingComparison
    programme: Programme
    backtest: BacktestData | None
    traits: Traits
    shares: RevenueShares
    expected: ExpectedRevenue
    actions: list[Action]
