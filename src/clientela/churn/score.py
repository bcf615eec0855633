"""The table of a batch score of churn: one row per customer."""

import pandas as pd

from clientela.churn.reasons import reasons_of
from clientela.churn.registered import RegisteredVersion
from clientela.churn.scorer import band_of


def score_table(current: pd.DataFrame, model: RegisteredVersion, *, as_of: str, language: str) -> pd.DataFrame:
    """The table that is written: one row per customer, ordered by customer_id.

    Args:
        current: features of the current customers, one row per customer.
        model: registered churn version.
        as_of: as-of date (ISO).
        language: language of the reasons.
    """
    card = model.version.card
    predicted = model.version.predict(current)
    reasons = [
        "; ".join(one["text"][language] for one in reasons_of(row, card)) for row in predicted.to_dict("records")
    ]
    return pd.DataFrame(
        {
            "customer_id": current["customer_id"],
            "probability": predicted["probability"],
            "band": [band_of(value, card["bands"]) for value in predicted["probability"].tolist()],
            "call": predicted["expected_profit"] > 0,
            "expected_profit": predicted["expected_profit"],
            "reasons": reasons,
            "window_days": card["window_days"],
            "as_of": pd.Timestamp(as_of).date(),
            "model_version": int(model.number),
        }
    )
