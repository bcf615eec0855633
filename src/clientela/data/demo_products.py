"""The catalogue of the demo shop: each product group in each finish, with list prices; it does not depend on a seed."""

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

# Product group -> list price in the first finish, in money.
GROUPS = {
    "PAPER NAPKINS": 0.60,
    "GIFT TAG": 0.70,
    "FRIDGE MAGNET": 0.90,
    "TEA LIGHT HOLDER": 1.10,
    "GREETING CARD": 1.30,
    "KEY RING": 1.50,
    "WRAPPING PAPER": 1.80,
    "NOTEBOOK": 2.10,
    "LUNCH BAG": 2.50,
    "TRINKET DISH": 2.90,
    "SCENTED CANDLE": 3.40,
    "TEA TOWEL": 3.90,
    "CERAMIC MUG": 4.50,
    "PHOTO FRAME": 5.20,
    "STORAGE TIN": 6.00,
    "SHOPPING BAG": 7.00,
    "WATER BOTTLE": 8.00,
    "KITCHEN APRON": 9.00,
    "CUSHION COVER": 10.50,
    "SALAD BOWL": 12.00,
    "CAKE STAND": 14.00,
    "DESK ORGANISER": 16.00,
    "WALL CLOCK": 18.50,
    "FLOWER VASE": 21.00,
    "TEAPOT": 24.00,
    "PICNIC BASKET": 28.00,
    "TABLE LAMP": 32.00,
    "WOOL THROW": 37.00,
    "JEWELLERY BOX": 43.00,
    "DINNER SET": 50.00,
    "WALL MIRROR": 58.00,
    "COFFEE MAKER": 68.00,
}

# Finish -> factor of the price of the group.
FINISHES = {
    "PLAIN WHITE": 1.00,
    "BLUE": 1.05,
    "RED": 1.05,
    "GREEN": 1.08,
    "POLKA DOT": 1.12,
    "STRIPED": 1.12,
    "FLORAL": 1.18,
    "TROPICAL": 1.18,
    "VINTAGE": 1.25,
    "RETRO": 1.25,
    "HAND PAINTED": 1.40,
    "GOLD EDGE": 1.55,
}

# Stock code -> description of services; they have no list price.
SERVICES = {"POST": "POSTAGE", "D": "Discount", "B": "Adjust bad debt"}
SERVICE_GROUP = "SERVICES"


@dataclass(frozen=True)
class Catalogue:
    """Products in ascending order of list price, then services.

    Attributes:
        stock_codes: unique codes of the products and services.
        descriptions: descriptions, in the same order.
        groups: product groups, in the same order.
        list_prices: list prices of the products, in money, ascending.
    """

    stock_codes: tuple[str, ...]
    descriptions: tuple[str, ...]
    groups: tuple[str, ...]
    list_prices: NDArray[np.float64]

    def position(self, stock_code: str) -> int:
        """Position of a stock code in the catalogue."""
        return self.stock_codes.index(stock_code)


@cache
def catalogue() -> Catalogue:
    """The catalogue of the demo shop: 384 products and three services."""
    goods = sorted(
        (round(base * factor, 2), f"{20_101 + 37 * group}{chr(ord('A') + finish)}", f"{noun} {name}", noun)
        for group, (noun, base) in enumerate(GROUPS.items())
        for finish, (name, factor) in enumerate(FINISHES.items())
    )
    prices, codes, descriptions, groups = zip(*goods, strict=True)
    return Catalogue(
        stock_codes=(*codes, *SERVICES),
        descriptions=(*descriptions, *SERVICES.values()),
        groups=(*groups, *[SERVICE_GROUP] * len(SERVICES)),
        list_prices=np.array(prices),
    )


def choose_products(rng: Generator, wanted_prices: NDArray[np.float64]) -> NDArray[np.int64]:
    """Choose a product for each wanted list price: the more popular of two products with similar prices.

    Returns:
        Positions in the catalogue, one per wanted price.
    """
    goods = catalogue().list_prices
    popularity = rng.random(len(goods))
    nearest = np.searchsorted(goods, wanted_prices)[:, None]
    offered = np.clip(nearest + rng.integers(-6, 7, (len(wanted_prices), 2)), 0, len(goods) - 1)
    return offered[np.arange(len(offered)), popularity[offered].argmax(axis=1)]
