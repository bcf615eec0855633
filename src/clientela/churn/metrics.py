"""Metrics of churn probabilities: ranking, decisions and calibration."""

import numpy as np
import pandas as pd
from sklearn.metrics import (
    accuracy_score,
    average_precision_score,
    brier_score_loss,
    f1_score,
    log_loss,
    precision_recall_curve,
    precision_score,
    recall_score,
    roc_auc_score,
    roc_curve,
)

DECILES = 10
POINTS = 200  # most points of a drawn curve


def score(y: np.ndarray, probability: np.ndarray, pays: np.ndarray) -> dict[str, float]:
    """All metrics of one model on one set of customers.

    Args:
        y: 1.0 for customers who left, 0.0 for others.
        probability: predicted probability of churn.
        pays: whether a call is expected to pay; accuracy, precision, recall and F1 evaluate this decision.

    Returns:
        Metric -> value. The Brier score (Brier 1950) and the calibration error measure probabilities; average
        precision, ROC AUC and lift measure the ranking.
    """
    return {
        "average_precision": float(average_precision_score(y, probability)),
        "roc_auc": float(roc_auc_score(y, probability)),
        "accuracy": float(accuracy_score(y, pays)),
        "precision": float(precision_score(y, pays, zero_division=0)),
        "recall": float(recall_score(y, pays, zero_division=0)),
        "f1": float(f1_score(y, pays, zero_division=0)),
        "brier_score": float(brier_score_loss(y, probability)),
        "log_loss": float(log_loss(y, probability, labels=[0, 1])),
        "calibration_error": calibration_error(y, probability),
        "lift_top_decile": lift_by_decile(y, probability)[0]["lift"],
        "call_share": float(np.mean(pays)),
        "churn_rate": float(np.mean(y)),
    }


def lift_by_decile(y: np.ndarray, probability: np.ndarray) -> list[dict[str, float]]:
    """Deciles from the highest probability down: churn rate, lift over the overall rate, share of the churners reached.

    Customers with equal probabilities get the mean churn of their group, so constant probabilities have a lift of 1 in
    every decile.
    """
    level = _shared(y, probability)[np.argsort(-probability, kind="stable")]
    rate, rows, caught = float(np.mean(y)), [], 0.0
    for number, part in enumerate(np.array_split(level, DECILES), start=1):
        caught += float(part.sum())
        share = float(part.mean()) if len(part) else 0.0
        rows.append({"decile": number, "rate": share, "lift": share / rate, "caught": caught / float(np.sum(y))})
    return rows


def calibration_bins(y: np.ndarray, probability: np.ndarray) -> list[dict[str, float]]:
    """Deciles by probability, the lowest first: mean probability and churn rate (a reliability diagram)."""
    parts, level = np.array_split(np.argsort(probability, kind="stable"), DECILES), _shared(y, probability)
    return [
        {"expected": float(probability[part].mean()), "observed": float(level[part].mean()), "customers": len(part)}
        for part in parts
        if len(part)
    ]


def calibration_error(y: np.ndarray, probability: np.ndarray) -> float:
    """Expected calibration error: mean absolute difference of probability and churn rate over the deciles."""
    rows = calibration_bins(y, probability)
    return float(sum(row["customers"] * abs(row["expected"] - row["observed"]) for row in rows) / len(y))


def curves(y: np.ndarray, probability: np.ndarray) -> dict[str, list[list[float]]]:
    """Points of the ROC curve (false and true positive rate) and of precision over recall, thinned for drawing."""
    false, true, _ = roc_curve(y, probability)
    precision, recall, _ = precision_recall_curve(y, probability)
    return {"roc": _thinned(false, true), "precision_recall": _thinned(recall[::-1], precision[::-1])}


def _shared(y: np.ndarray, probability: np.ndarray) -> np.ndarray:
    """Mean label of all rows with the same probability, so that the order of the rows does not matter."""
    return np.asarray(pd.Series(y).groupby(probability).transform("mean"))


def _thinned(x: np.ndarray, y: np.ndarray) -> list[list[float]]:
    chosen = np.unique(np.linspace(0, len(x) - 1, min(POINTS, len(x))).astype(int))
    return [[round(float(a), 4), round(float(b), 4)] for a, b in zip(x[chosen], y[chosen], strict=True)]
