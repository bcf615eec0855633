"""The input of a churn run, which its steps share."""

from dataclasses import dataclass

from clientela.churn.loading import ChurnData
from clientela.churn.profit import Costs
from clientela.churn.rows import ChurnRows
from clientela.holdout.rates import Rate
from clientela.request import RunRequest
from clientela.settings import ChurnSettings, DatasetSettings


@dataclass(frozen=True)
class ChurnRun:
    """The input of a churn run, loaded and checked.

    Attributes:
        request: the user's request.
        dataset: settings of the data set.
        settings: churn settings.
        costs: costs and success rate of a call.
        success: where the success rate is from: assumed in the settings, or measured in campaigns.
        data: cleaned sources, ledgers and the churn window.
        rows: rows for training, testing and scoring.
    """

    request: RunRequest
    dataset: DatasetSettings
    settings: ChurnSettings
    costs: Costs
    success: Rate
    data: ChurnData
    rows: ChurnRows
