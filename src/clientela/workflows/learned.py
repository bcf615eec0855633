"""What measured campaigns teach the reports: rates of success in place of the assumed ones."""

from collections.abc import Iterable

from clientela.campaigns.learning import Effect, customers_kept, extra_orders, learn_rate
from clientela.campaigns.measured import measured_campaigns
from clientela.campaigns.results import CampaignResult
from clientela.holdout.rates import Rate, assumed_rate, bounded
from clientela.request import Echo

CALL = "call"  # the action of the churn report


def insiders_rates(dataset: str, actions: Iterable[str], *, assumed: float, echo: Echo) -> dict[str, Rate]:
    """The share of the contacted customers who place an additional order, by action.

    Args:
        dataset: name of the data set.
        actions: names of the actions.
        assumed: rate of the settings, where no campaign was measured.
        echo: prints what cannot be read.
    """
    results = measured_campaigns(dataset, echo=echo)
    return {action: _rate(results, extra_orders, action, assumed) for action in actions}


def churn_rate_of_success(dataset: str, *, assumed: float, echo: Echo) -> Rate:
    """The share of the leaving customers whom a call keeps.

    Args:
        dataset: name of the data set.
        assumed: rate of the settings, where no campaign was measured.
        echo: prints what cannot be read.
    """
    return _rate(measured_campaigns(dataset, echo=echo), customers_kept, CALL, assumed)


def _rate(results: list[CampaignResult], effect: Effect, action: str, assumed: float) -> Rate:
    found = learn_rate(results, effect, action=action)
    return bounded(found) if found else assumed_rate(assumed)
