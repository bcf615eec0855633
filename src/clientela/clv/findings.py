"""Where the models do not fit a shop, as plain data that a report can print."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pandas as pd

from clientela.clv.gamma_gamma import GammaGamma
from clientela.clv.purchase_model import PurchaseModel

FEW = 100  # customers who came back, below which four parameters are little more than guesses
CORRELATED = 0.3  # rank correlation from which on independence of frequency and spend is no fair simplification
IMMORTAL = 0.99  # mean probability to be alive from which on the model sees nobody stop
UNKNOWN = 1.0  # standard error of a log parameter: from a third to three times its value


@dataclass(frozen=True)
class Finding:
    """One way in which a model does not fit.

    Attributes:
        code: "nobody_repeats", "few_repeat", "nonpositive_spend", "frequency_and_spend_correlated", "not_converged",
            "nobody_stops", "parameter_unknown", "no_mean_spend" or (of a backtest) "total_missed".
        subject: what it is about.
        blocking: whether there is no forecast because of it, or none that may be used.
        message: one English sentence.
        figures: what the message says in numbers; reports in other languages start from these.
    """

    code: str
    subject: Literal["purchases", "spend"]
    blocking: bool
    message: str
    figures: dict[str, float | str] = field(default_factory=dict)


def find_in_data(customers: pd.DataFrame) -> list[Finding]:
    """What a summary (frequency, monetary_value) says before anything is fitted."""
    repeats = (customers["frequency"] > 0).to_numpy()
    return [*_repeats(repeats), *_spends(customers[repeats])]


def find_in_purchases(model: PurchaseModel, customers: pd.DataFrame) -> list[Finding]:
    """What a fitted purchase model says of itself and of the customers' chances to be alive."""
    immortal = list(_immortal(model, customers))
    # That nobody stops leaves the parameters of stopping unknown: one finding says it.
    return [*_convergence(model, "purchases"), *(immortal or _unknown(model, "purchases"))]


def find_in_spend(model: GammaGamma) -> list[Finding]:
    """What a fitted spend model says of itself."""
    found = [*_convergence(model, "spend"), *_unknown(model, "spend")]
    q = model.parameters_["q"]
    if q <= 1:
        message = f"The spend model has no mean for customers who never came back: q must be above 1, it is {q:.2f}."
        found.append(Finding("no_mean_spend", "spend", True, message, {"q": q}))
    return found


def find_in_totals(scores: pd.DataFrame, coverage: pd.DataFrame) -> list[Finding]:
    """What a backtest's totals say (its frames scores and coverage)."""
    found = []
    for row in coverage[~coverage["inside"]].to_dict("records"):
        score = scores[(scores["quantity"] == row["quantity"]) & (scores["forecast"] == "model")].iloc[0]
        figures = {"expected": float(score["expected"]), "actual": float(score["actual"])}
        figures |= {"low": row["low"], "high": row["high"], "level": row["level"]}
        message = (
            f"The hold-out period's {row['quantity']} were {figures['actual']:,.0f}; {figures['expected']:,.0f} were "
            f"expected, between {row['low']:,.0f} and {row['high']:,.0f} at {row['level']:.0%}. The models know "
            "neither seasons nor growth."
        )
        found.append(Finding("total_missed", row["quantity"], False, message, {**figures}))
    return found


def _repeats(repeats: np.ndarray) -> Iterator[Finding]:
    count, share = int(repeats.sum()), float(repeats.mean()) if len(repeats) else 0.0
    figures: dict[str, float | str] = {"customers": len(repeats), "repeating": count, "share": share}
    if count == 0:
        message = f"None of {len(repeats):,} customers bought again: nothing can be said about coming back."
        yield Finding("nobody_repeats", "purchases", True, message, figures)
    elif count < FEW:
        message = f"Only {count:,} of {len(repeats):,} customers bought again: the forecast rests on few of them."
        yield Finding("few_repeat", "purchases", False, message, figures)


def _spends(repeating: pd.DataFrame) -> Iterator[Finding]:
    without = int((repeating["monetary_value"] <= 0).sum())
    if without:
        message = (
            f"{without:,} of {len(repeating):,} customers who came back spent nothing or less on it; the spend model "
            "leaves them out and gives them the mean of all."
        )
        blocking = without == len(repeating)
        figures: dict[str, float | str] = {"customers": without, "repeating": len(repeating)}
        yield Finding("nonpositive_spend", "spend", blocking, message, figures)
    paying = repeating[repeating["monetary_value"] > 0]
    if len(paying) < 3 or paying["frequency"].nunique() < 2 or paying["monetary_value"].nunique() < 2:
        return
    correlation = float(paying["frequency"].corr(paying["monetary_value"], method="spearman"))
    if abs(correlation) >= CORRELATED:
        message = (
            f"How often customers buy and what they spend on it go together (rank correlation {correlation:.2f}); "
            "the spend model takes them for independent, so its forecast leans to the mean of all."
        )
        yield Finding("frequency_and_spend_correlated", "spend", False, message, {"correlation": correlation})


def _convergence(model: PurchaseModel | GammaGamma, subject: Literal["purchases", "spend"]) -> Iterator[Finding]:
    if not model.converged_:
        message = (
            f"The search for the parameters of {type(model).__name__} ended at no maximum; do not use its forecast."
        )
        yield Finding("not_converged", subject, True, message, {"model": type(model).__name__})


def _immortal(model: PurchaseModel, customers: pd.DataFrame) -> Iterator[Finding]:
    alive = float(model.probability_alive(customers).mean())
    if alive >= IMMORTAL:
        message = (
            f"{type(model).__name__} sees nobody stop for good (mean probability to be alive {alive:.3f}): it is the "
            "NBD without dropout, and takes no silence for a farewell."
        )
        yield Finding("nobody_stops", "purchases", False, message, {"model": type(model).__name__, "alive": alive})


def _unknown(model: PurchaseModel | GammaGamma, subject: Literal["purchases", "spend"]) -> Iterator[Finding]:
    errors = np.sqrt(np.diag(model.covariance_))
    for name, error in zip(model.names, errors, strict=True):
        if error > UNKNOWN:
            message = (
                f"The data say little about the parameter {name} of {type(model).__name__}: its logarithm has a "
                f"standard error of {error:.1f}."
            )
            figures: dict[str, float | str] = {"parameter": name, "error": float(error)}
            yield Finding("parameter_unknown", subject, False, message, figures)
