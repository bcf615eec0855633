"""The demo shop with a campaign whose effect is known: some treated customers place one more order.

The order is a copy of the customer's latest order before the campaign, on a random day of its period. So what the
campaign adds is known to the cent, and a measurement can be compared with it.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

INVOICE = "9"  # prefix of the number of an added order
SERVICES = ("POST", "D")  # stock codes that are no goods


@dataclass(frozen=True)
class SimulatedCampaign:
    """Transactions with the orders that a campaign added.

    Attributes:
        transactions: the export, with the columns and the order of `DemoShop.transactions`.
        treated: number of treated customers.
        orders: number of added orders.
        value: value of their goods (currency).
    """

    transactions: pa.Table
    treated: int
    orders: int
    value: float


def simulate_campaign(
    transactions: pa.Table, treated: Collection[str], *, start: date, days: int, response: float, seed: int
) -> SimulatedCampaign:
    """Add one order of each treated customer who responds.

    Args:
        transactions: export of the demo shop (`DemoShop.transactions`).
        treated: canonical ids of the treated customers.
        start: first day of the campaign.
        days: length of its period (days).
        response: share of the treated customers who respond, in [0, 1]. A customer without an order before the
            campaign has nothing to repeat and does not respond.
        seed: random seed.

    Returns:
        The transactions with the added orders; the same arguments give the same bytes.
    """
    ids, chosen, day = _responders(treated, days=days, response=response, seed=seed)
    lines = _latest_orders(transactions, ids[chosen], start)
    customers = lines["customer_id"].to_numpy()
    at = np.searchsorted(ids, customers)
    moment = lines["invoice_date"].to_numpy().astype("datetime64[s]")
    later = np.datetime64(start, "s") + (moment - moment.astype("datetime64[D]"))
    later = later + day[at].astype("timedelta64[D]").astype("timedelta64[s]")
    invoice = pc.binary_join_element_wise(INVOICE, lines["invoice"], "")
    added = _replaced(_replaced(lines, "invoice", invoice), "invoice_date", pa.array(later, pa.timestamp("s")))
    goods = added.filter(pc.invert(pc.is_in(added["stock_code"], pa.array(SERVICES))))
    value = pc.sum(pc.multiply(goods["quantity"], goods["unit_price"])).as_py() or 0.0
    together = pa.concat_tables([transactions, added.cast(transactions.schema)])
    return SimulatedCampaign(
        together.sort_by([("invoice_date", "ascending"), ("invoice", "ascending")]),
        treated=len(ids),
        orders=len(np.unique(customers)),
        value=float(value),
    )


def _responders(
    treated: Collection[str], *, days: int, response: float, seed: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Ids of the treated customers as numbers, ascending; who responds, and on which day of the period."""
    rng = np.random.default_rng(seed)
    ids = np.sort(np.array([float(id_) for id_ in treated]))
    return ids, rng.random(len(ids)) < response, rng.integers(0, days, len(ids))


def _latest_orders(transactions: pa.Table, customers: np.ndarray, start: date) -> pa.Table:
    """The lines of the latest purchase of each customer before a day."""
    is_purchase = pc.and_(
        pc.and_(pc.greater(transactions["quantity"], 0), pc.greater(transactions["unit_price"], 0)),
        pc.match_substring_regex(transactions["invoice"], r"^\d"),
    )
    before = pc.less(transactions["invoice_date"], pa.scalar(np.datetime64(start, "s"), pa.timestamp("s")))
    of_them = pc.is_in(transactions["customer_id"], pa.array(customers, pa.float64()))
    found = transactions.filter(pc.and_(pc.and_(is_purchase, before), of_them))
    latest: dict[float, str] = dict(
        zip(found["customer_id"].to_pylist(), found["invoice"].to_pylist(), strict=True)  # sorted by date
    )
    return found.filter(pc.is_in(found["invoice"], pa.array(list(latest.values()), pa.string())))


def _replaced(table: pa.Table, name: str, column: pa.Array | pa.ChunkedArray) -> pa.Table:
    return table.set_column(table.schema.get_field_index(name), name, column)
