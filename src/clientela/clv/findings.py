"""Findings: where the models do not fit a shop, as plain data for reports."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pandas as pd

from clientela.clv.gamma_gamma import GammaGamma
from clientela.clv.purchase_model import PurchaseModel

FEW = 100  # customers with a repeat purchase, below which four parameters cannot be estimated reliably
CORRELATED = 0.3  # rank correlation from which on frequency and spend are not treated as independent
IMMORTAL = 0.99  # mean probability to be alive from which on the model detects no dropout
UNKNOWN = 1.0  # standard error of a log parameter; an interval from a third to three times its value


@dataclass(frozen=True)
class Finding:
    """One way in which a model does not fit.

    Attributes:
        code: "nobody_repeats", "few_repeat", "nonpositive_spend", "frequency_and_spend_correlated", "not_converged",
            "nobody_stops", "parameter_unknown", "no_mean_spend" or (of a backtest) "total_missed".
        subject: model that does not fit.
        blocking: whether there is no forecast, or none that may be used, because of it.
        message: one English sentence.
        figures: numbers and names of the message, for reports in any language.
    """

    code: str
    subject: Literal["purchases", "spend"]
    blocking: bool
    message: str
    figures: dict[str, float | str] = field(default_factory=dict)


def find_in_data(customers: pd.DataFrame) -> list[Finding]:
    """Findings in a summary (frequency, monetary_value), before a model is fitted."""
    repeats = (customers["frequency"] > 0).to_numpy()
    return [*_repeats(repeats), *_spends(customers[repeats])]


def find_in_purchases(model: PurchaseModel, customers: pd.DataFrame) -> list[Finding]:
    """Findings in a fitted purchase model and its probabilities to be alive."""
    immortal = list(_immortal(model, customers))
    # Without dropout the parameters of dropout are unknown, too: one finding is enough.
    return [*_convergence(model, "purchases"), *(immortal or _unknown(model, "purchases"))]


def find_in_spend(model: GammaGamma) -> list[Finding]:
    """Findings in a fitted spend model."""
    found = [*_convergence(model, "spend"), *_unknown(model, "spend")]
    q = model.parameters_["q"]
    if q <= 1:
        message = (
            f"The spend model has no mean for customers without a repeat purchase: q must be above 1. Got {q:.2f}."
        )
        found.append(Finding("no_mean_spend", "spend", True, message, {"q": q}))
    return found


def find_in_totals(scores: pd.DataFrame, coverage: pd.DataFrame) -> list[Finding]:
    """Findings in the totals of a backtest, from its frames `scores` and `coverage`."""
    found = []
    for row in coverage[~coverage["inside"]].to_dict("records"):
        score = scores[(scores["quantity"] == row["quantity"]) & (scores["forecast"] == "model")].iloc[0]
        figures = {"expected": float(score["expected"]), "actual": float(score["actual"])}
        figures |= {"low": row["low"], "high": row["high"], "level": row["level"]}
        message = (
            f"The hold-out period's {row['quantity']} were {figures['actual']:,.0f}; {figures['expected']:,.0f} were "
            f"expected, between {row['low']:,.0f} and {row['high']:,.0f} at {row['level']:.0%}. The models do "
            "not include seasons or growth."
        )
        found.append(Finding("total_missed", row["quantity"], False, message, {**figures}))
    return found


def _repeats(repeats: np.ndarray) -> Iterator[Finding]:
    count, share = int(repeats.sum()), float(repeats.mean()) if len(repeats) else 0.0
    figures: dict[str, float | str] = {"customers": len(repeats), "repeating": count, "share": share}
    if count == 0:
        message = f"None of {len(repeats):,} customers bought again: repeat purchases cannot be predicted."
        yield Finding("nobody_repeats", "purchases", True, message, figures)
    elif count < FEW:
        message = f"Only {count:,} of {len(repeats):,} customers bought again: the forecast is based on few of them."
        yield Finding("few_repeat", "purchases", False, message, figures)


def _spends(repeating: pd.DataFrame) -> Iterator[Finding]:
    without = int((repeating["monetary_value"] <= 0).sum())
    if without:
        message = (
            f"{without:,} of {len(repeating):,} customers with a repeat purchase have a spend of zero or less; the "
            "spend model leaves them out and predicts the mean of all for them."
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
            f"Purchase frequency and mean spend are correlated (rank correlation {correlation:.2f}); the spend model "
            "assumes that they are independent, so its forecast is biased towards the mean of all."
        )
        yield Finding("frequency_and_spend_correlated", "spend", False, message, {"correlation": correlation})


def _convergence(model: PurchaseModel | GammaGamma, subject: Literal["purchases", "spend"]) -> Iterator[Finding]:
    if not model.converged_:
        message = f"The fit of {type(model).__name__} did not converge; do not use its forecast."
        yield Finding("not_converged", subject, True, message, {"model": type(model).__name__})


def _immortal(model: PurchaseModel, customers: pd.DataFrame) -> Iterator[Finding]:
    alive = float(model.probability_alive(customers).mean())
    if alive >= IMMORTAL:
        message = (
            f"{type(model).__name__} detects no dropout (mean probability to be alive {alive:.3f}): it is equal to "
            "the NBD, and inactivity does not lower its probability to be alive."
        )
        yield Finding("nobody_stops", "purchases", False, message, {"model": type(model).__name__, "alive": alive})


def _unknown(model: PurchaseModel | GammaGamma, subject: Literal["purchases", "spend"]) -> Iterator[Finding]:
    errors = np.sqrt(np.diag(model.covariance_))
    for name, error in zip(model.names, errors, strict=True):
        if error > UNKNOWN:
            message = (
                f"The data do not determine the parameter {name} of {type(model).__name__}: its logarithm has a "
                f"standard error of {error:.1f}."
            )
            figures: dict[str, float | str] = {"parameter": name, "error": float(error)}
            yield Finding("parameter_unknown", subject, False, message, figures)
