"""Calendar, record types and customer types of the demo shop."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

FIRST_DAY = np.datetime64("2022-01-01", "D")
DAYS = 1_096  # three years, to 2024-12-31
YEAR = 365.25  # days
MINUTES = 24 * 60  # minutes per day
PRODUCT_LIMIT = 1_000  # larger than the catalogue; combines a product with its order or customer in one number
DAYTIME = (7 * 60, 18 * 60)  # daytime in minutes of the day; there are few orders at night

# What a forecast of the demo shop must find. Season and drift differ by type, see CustomerType.
YEARLY_GROWTH = 0.06  # growth of the order rate of a customer whose type does not drift, per year
YEARLY_PRICE_RISE = 0.04  # on 1 January of each year after the first
SEASON_MONTHS = (11, 12)

# Name of a trait -> its value for each customer.
People = dict[str, NDArray[Any]]
# Structured arrays; a line has the position of its order.
Records = NDArray[np.void]
Integers = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
ORDER = np.dtype([("customer", "i8"), ("minute", "i8"), ("prefix", "U1"), ("identified", "?")])
LINE = np.dtype([("order", "i8"), ("product", "i8"), ("quantity", "i8"), ("price", "f8")])


@dataclass(frozen=True)
class CustomerType:
    """Average purchase behaviour of a customer type.

    Attributes:
        name: name, as in `DemoShop.customer_types`.
        share: share of all customers.
        joined: first and last possible day of joining, in days since 2022-01-01; negative: before the export begins.
        left: first and last possible day of leaving, in days since 2022-01-01; 1,096: active until the end.
        dropout: additional rate of leaving per year.
        orders: orders per year between joining and leaving, averaged over the season, at the rate of mid-2024; and one
            further order.
        drift: yearly growth of the order rate beyond YEARLY_GROWTH, as a share; negative: the type buys less and less.
        lines: lines per order.
        units: median units per line.
        price: median list price of the products bought, in money.
        discount: discount on the list price, as a share.
        weekend: share of orders on Saturday or Sunday.
        evening: share of orders from 18:00 to 22:00.
        hour: mean hour of the other orders, between 7 and 18.
        season: demand per day in November and December, as a multiple of the demand in the other months.
        returned: share of returned lines.
    """

    name: str
    share: float
    joined: tuple[int, int]
    left: tuple[int, int]
    dropout: float
    orders: float
    drift: float
    lines: float
    units: float
    price: float
    discount: float
    weekend: float
    evening: float
    hour: float
    season: float
    returned: float


STAYS = (DAYS, DAYS)
Type = CustomerType  # short, so that a type fits in a line
# fmt: off
CUSTOMER_TYPES = (
    #     name             share  joined        left      drop  ord drift line unit price disc wknd even  hr seas retd
    Type("premium loyal",   .11, (-450, 765),  STAYS,      .03, 7.0, -.06, 2.3, 1.4, 28., .00, .20, .18, 14, 1.5, .04),
    Type("weekend regular", .21, (-450, 785),  STAYS,      .04, 4.7,  .00, 2.1, 2.0, 8.0, .00, .84, .10, 13, 1.5, .04),
    Type("bargain hunter",  .22, (-450, 785),  STAYS,      .05, 3.9,  .08, 2.2, 2.5, 2.6, .15, .18, .18, 13, 1.5, .28),
    Type("bulk buyer",      .07, (-450, 765),  STAYS,      .03, 5.3,  .00, 4.6, 20., 3.2, .15, .04, .04,  9, 1.4, .03),
    Type("gift buyer",      .14, (-450, 785),  STAYS,      .05, 3.0,  .00, 2.1, 1.4, 15., .00, .20, .84, 14, 9.0, .04),
    Type("newcomer",        .10, (1005, 1077), STAYS,      .00, 7.0,  .00, 2.1, 1.8, 8.0, .05, .18, .18, 14, 1.5, .04),
    Type("lapsed",          .15, (-200, 485),  (515, 765), .00, 3.5,  .00, 2.1, 1.8, 8.0, .00, .20, .18, 14, 1.5, .04),
)
# fmt: on


def daily_demand(kind: CustomerType) -> Floats:
    """Order rate of a customer type on each day of the export, as a multiple of its yearly mean in the middle of 2024.

    The season is a step in November and December, growth and drift are exponential.

    >>> demand = daily_demand(CUSTOMER_TYPES[1])
    >>> len(demand), round(float(demand[-365:].mean() / demand[-730:-365].mean()), 2)
    (1096, 1.06)
    """
    day = np.arange(DAYS)
    month = (FIRST_DAY + day).astype("datetime64[M]").astype(int) % 12 + 1
    season = np.where(np.isin(month, SEASON_MONTHS), kind.season, 1.0)
    growth = (1 + YEARLY_GROWTH) * (1 + kind.drift)
    demand: Floats = season / season.mean() * growth ** ((day - (DAYS - YEAR / 2)) / YEAR)
    return demand
