"""Customer lifetime value: purchase models, a spend model, forecasts with intervals, and a backtest.

    summary = summarise_purchases(connection, as_of=as_of)
    value = CustomerValue().fit(summary)
    estimate_lifetime_value(value, summary, months=6).totals

`frequency`, `recency`, `T` and `monetary_value` have the same meaning as in the literature (see `PurchaseSummary`).
"""

from clientela.clv.backtest import Backtest, backtest
from clientela.clv.bg_nbd import BetaGeometricNBD
from clientela.clv.findings import Finding
from clientela.clv.gamma_gamma import GammaGamma
from clientela.clv.intervals import (
    Bootstrap,
    Estimates,
    estimate_alive,
    estimate_lifetime_value,
    estimate_purchases,
    estimate_revenue,
    estimate_spend,
)
from clientela.clv.lifetime import CustomerValue
from clientela.clv.mbg_nbd import ModifiedBetaGeometricNBD
from clientela.clv.pareto_nbd import ParetoNBD
from clientela.clv.purchase_model import PurchaseModel
from clientela.clv.summary import HoldOut, PurchaseSummary, hold_out, summarise_purchases

__all__ = [
    "Backtest",
    "BetaGeometricNBD",
    "Bootstrap",
    "CustomerValue",
    "Estimates",
    "Finding",
    "GammaGamma",
    "HoldOut",
    "ModifiedBetaGeometricNBD",
    "ParetoNBD",
    "PurchaseModel",
    "PurchaseSummary",
    "backtest",
    "estimate_alive",
    "estimate_lifetime_value",
    "estimate_purchases",
    "estimate_revenue",
    "estimate_spend",
    "hold_out",
    "summarise_purchases",
]
