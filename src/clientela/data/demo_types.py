"""What the demo shop is made of: its calendar, the shapes of its records, and the known types of its customers."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

FIRST_DAY = np.datetime64("2023-01-01", "D")
DAYS = 731  # to 2024-12-31
MINUTES = 24 * 60  # a day
PRODUCT_LIMIT = 1_000  # above the size of the catalogue; makes one number of a product and its order or customer
DAYTIME = (7 * 60, 18 * 60)  # minutes of the day; the shop is never closed, but few people buy at night

# One row a customer: a name of a trait -> its value for each customer.
People = dict[str, NDArray[Any]]
# Structured arrays; an order's line refers to the order's position.
Records = NDArray[np.void]
Integers = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
ORDER = np.dtype([("customer", "i8"), ("minute", "i8"), ("prefix", "U1"), ("identified", "?")])
LINE = np.dtype([("order", "i8"), ("product", "i8"), ("quantity", "i8"), ("price", "f8")])


@dataclass(frozen=True)
class CustomerType:
    """How the customers of one type buy, on average.

    Attributes:
        name: As in `DemoShop.customer_types`.
        share: Of all customers.
        joined: First and last day of joining, in days since 2023-01-01; negative: before the export begins.
        left: First and last day of leaving, in days since 2023-01-01; 731: still there at the end.
        dropout: Rate of leaving earlier than that, per year.
        orders: Per year between joining and leaving; one more is certain.
        lines: Per order.
        units: Median per line.
        price: Median list price of what is bought, in money.
        discount: Off the list price, as a share.
        weekend: Share of orders on Saturday or Sunday.
        evening: Share of orders from 18:00 to 22:00.
        hour: Mean hour of the other orders, between 7 and 18.
        season: Demand per day in November and December, as a multiple of the other months'.
        returned: Share of the lines that are sent back.
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
