"""conf/churn.yaml: the definition of churn, the models, their choice, and the costs and benefits of a call."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from clientela.settings.base import Frozen

Count = Annotated[int, Field(ge=1)]
Money = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Rate = Annotated[float, Field(gt=0, le=1)]
Level = Annotated[float, Field(gt=0, lt=1)]


class LabelSettings(Frozen):
    """The definition of churn: the label of the customers' table, or no purchase in the next `window_days`."""

    window_days: Count | Literal["auto"]
    gap_quantile: Level
    active_days: Count | None


class CutoffSettings(Frozen):
    """The cut-offs for training and testing if churn is defined by a window."""

    test: Count
    train: Count
    step_days: Count
    least_history_days: Count


class Values(Frozen):
    """The values of a model's parameters; each draw takes one value per parameter."""

    draws: Count

    @property
    def grid(self) -> dict[str, tuple[float | int | str | None, ...]]:
        """Parameter -> values."""
        return {name: tuple(values) for name, values in self.model_dump().items() if name != "draws"}


class LogisticValues(Values):
    """Logistic regression: the inverse strength of its L2 penalty."""

    C: Annotated[tuple[Positive, ...], Field(min_length=1)]


class TreeValues(Values):
    """A decision tree."""

    max_leaf_nodes: Annotated[tuple[Annotated[int, Field(ge=2)], ...], Field(min_length=1)]
    min_samples_leaf: Annotated[tuple[Count, ...], Field(min_length=1)]
    criterion: Annotated[tuple[Literal["gini", "entropy"], ...], Field(min_length=1)]


class ForestValues(Values):
    """A random forest."""

    n_estimators: Annotated[tuple[Count, ...], Field(min_length=1)]
    min_samples_leaf: Annotated[tuple[Count, ...], Field(min_length=1)]
    max_features: Annotated[tuple[Rate | Literal["sqrt"], ...], Field(min_length=1)]


class BoostingValues(Values):
    """scikit-learn's histogram gradient boosting."""

    max_iter: Annotated[tuple[Count, ...], Field(min_length=1)]
    learning_rate: Annotated[tuple[Positive, ...], Field(min_length=1)]
    max_leaf_nodes: Annotated[tuple[Annotated[int, Field(ge=2)], ...], Field(min_length=1)]
    min_samples_leaf: Annotated[tuple[Count, ...], Field(min_length=1)]
    l2_regularization: Annotated[tuple[Money, ...], Field(min_length=1)]


class ChurnModels(Frozen):
    """The models that are tried, the simplest first. The dummy model is always tried, too."""

    logistic_regression: LogisticValues | None = None
    decision_tree: TreeValues | None = None
    random_forest: ForestValues | None = None
    gradient_boosting: BoostingValues | None = None

    @model_validator(mode="after")
    def _something_is_tried(self) -> Self:
        if not self.grids:
            raise ValueError("models must have at least one model; got none")
        return self

    @property
    def grids(self) -> dict[str, Values]:
        """Name of the model -> its values."""
        return {name: values for name in type(self).model_fields if (values := getattr(self, name)) is not None}


class ChurnChoice(Frozen):
    """The bootstrap interval with which models are compared."""

    interval: Level
    draws: Annotated[int, Field(ge=100)]


class CostSettings(Frozen):
    """The cost of a call, the share of leavers whom a call keeps, and the value of a kept customer."""

    contact_cost: Positive
    success_rate: Rate
    value_saved: Positive | None = None
    share_of_yearly_spend: Rate | None = None

    @model_validator(mode="after")
    def _one_value(self) -> Self:
        if (self.value_saved is None) == (self.share_of_yearly_spend is None):
            raise ValueError("costs must have value_saved or share_of_yearly_spend, and not both")
        return self


class BandSettings(Frozen):
    """The bands of risk, as shares of the customers with the highest probabilities."""

    high: Rate
    medium: Rate

    @model_validator(mode="after")
    def _leave_somebody_low(self) -> Self:
        if self.high + self.medium >= 1:
            raise ValueError(f"high and medium must leave some customers low; got {self.high} and {self.medium}")
        return self


class LeakageSettings(Frozen):
    """The smallest ROC AUC at which leakage is suspected, of a feature and of a model."""

    feature_auc: Annotated[float, Field(gt=0.5, le=1)]
    model_auc: Annotated[float, Field(gt=0.5, le=1)]


class ChurnSettings(Frozen):
    """conf/churn.yaml."""

    experiment: str
    model: str
    label: LabelSettings
    cutoffs: CutoffSettings
    test_share: Level
    folds: Annotated[int, Field(ge=2)]
    models: ChurnModels
    choice: ChurnChoice
    costs: CostSettings
    bands: BandSettings
    leakage: LeakageSettings
    call_list: Count
    jobs: int = -1
    leaderboard: tuple[str, ...]

    def with_success_rate(self, rate: float) -> Self:
        """The same settings with another success rate of a call: a measured one, which may be 0."""
        return self.model_copy(update={"costs": self.costs.model_copy(update={"success_rate": rate})})


class ChurnOfDataset(Frozen):
    """The churn settings of a data set: the window, and the costs in its currency."""

    window_days: Count | Literal["auto"] | None = None
    costs: CostSettings | None = None
