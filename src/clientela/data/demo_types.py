"""Calendar, record types and customer types of the demo shop."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

FIRST_DAY = np.datetime64("2023-01-01", "D")
DAYS = 731  # to 2024-12-31
MINUTES = 24 * 60  # minutes per day
PRODUCT_LIMIT = 1_000  # larger than the catalogue; combines a product with its order or customer in one number
DAYTIME = (7 * 60, 18 * 60)  # daytime in minutes of the day; there are few orders at night

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
        joined: first and last possible day of joining, in days since 2023-01-01; negative: before the export begins.
        left: first and last possible day of leaving, in days since 2023-01-01; 731: active until the end.
        dropout: additional rate of leaving per year.
        orders: orders per year between joining and leaving, in addition to a first one.
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
    lines: float
    units: float
    price: float
    discount: float
    weekend: float
    evening: float
    hour: float
    season: float
    returned: float


# fmt: off
CUSTOMER_TYPES = (
    #             name             share      joined        left  drop  ord line unit price disc wknd even  hr seas retd
    CustomerType("premium loyal",   .11, (-500, 400), (731, 731), .03, 7.0, 2.4, 1.4, 28., .00, .20, .18, 14, 1.5, .04),
    CustomerType("weekend regular", .21, (-500, 420), (731, 731), .05, 4.7, 2.3, 2.0, 8.0, .00, .84, .10, 13, 1.5, .04),
    CustomerType("bargain hunter",  .22, (-500, 420), (731, 731), .06, 4.0, 2.4, 2.5, 2.6, .15, .18, .18, 13, 1.5, .28),
    CustomerType("bulk buyer",      .07, (-500, 400), (731, 731), .03, 5.3, 5.2, 20., 3.2, .15, .04, .04,  9, 1.4, .03),
    CustomerType("gift buyer",      .14, (-500, 420), (731, 731), .06, 3.0, 2.3, 1.4, 15., .00, .20, .84, 14, 9.0, .04),
    CustomerType("newcomer",        .10, ( 640, 712), (731, 731), .00, 9.0, 2.3, 1.8, 8.0, .05, .18, .18, 14, 1.5, .04),
    CustomerType("lapsed",          .15, (-500, 120), (150, 400), .00, 3.5, 2.3, 1.8, 8.0, .00, .20, .18, 14, 1.5, .04),
)
# fmt: on
