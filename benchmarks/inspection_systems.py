"""Exports of shop systems, tills, marketplaces and ERP systems, and well-known public tables, by their headers.

`inspection_systems.yaml` lists headers with the true role of each column, and how the system writes dates and numbers.
The rows are generated. Numbers of role `other_money`, and `other` and `other_date`, must get no role of the sale.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import yaml
from inspection_shops import Disguise, Shop, generated_lines, shop_of_lines

Lines = pd.DataFrame


def system_shops() -> list[tuple[Shop, Disguise]]:
    """The tables of all systems with their looks."""
    text = Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8")
    found = []
    for seed, system in enumerate(yaml.safe_load(text), start=101):
        lines = ROWS[system.get("rows", "lines")](with_more(generated_lines(seed), seed))
        shop = shop_of_lines(
            system["name"], columns_of(system["columns"]), lines, verdict=system.get("verdict", "ready")
        )
        found.append((shop, Disguise("export", **system.get("look", {}))))
    return found


def columns_of(text: str) -> dict[str, tuple[str, str]]:
    """Header -> generated values and role, from lines like `Order ID = order: order_id`.

    >>> columns_of("Nº do pedido = order: order_id")
    {'Nº do pedido': ('order', 'order_id')}
    """
    found = {}
    for row in filter(None, map(str.strip, text.splitlines())):
        header, _, rest = row.rpartition(" = ")
        values, _, role = rest.partition(": ")
        found[header] = values, role
    return found


def with_more(lines: Lines, seed: int) -> Lines:
    """The generated lines with what exports have beside the sale."""
    random_ = np.random.default_rng(seed + 5_000)
    order = lines["order"] - lines["order"].min()
    orders = int(order.max()) + 1

    def of_order(values: "list[str]") -> np.ndarray:
        return random_.choice(values, orders)[order]

    person = lines["customer"] - 5_001
    cents = (lines["price"].astype(float) * 100).round().astype(int) * lines["quantity"]
    days = pd.to_datetime(lines["day"])
    return lines.assign(
        later=(days + pd.Timedelta(days=3)).dt.strftime("%Y-%m-%d"),
        updated=(pd.to_datetime(lines["time"]) + pd.Timedelta(hours=30)).dt.strftime("%Y-%m-%d %H:%M:%S"),
        clock=lines["time"].str[11:16],
        month=days.dt.strftime("%Y-%m"),
        year=days.dt.year,
        tax=[f"{one / 500:.2f}" for one in cents],
        discount=[f"{one:.2f}" for one in random_.choice([0, 0, 0, 1.5, 3, 7.25], len(lines))],
        freight=of_order(["0.00", "9.90", "15.00"]),
        currency="EUR",
        payment=of_order(["Visa", "PayPal", "Pix", "Bank transfer"]),
        shipping=of_order(["Standard", "Express", "Pick-up"]),
        channel=of_order(["Online Store", "Marketplace", "POS"]),
        store=of_order(["Downtown", "Mall", "Airport"]),
        zip=[f"{10_000 + (one * 137) % 80_000}" for one in person],
        street=[f"{['Main Street', 'Rua das Flores', 'Calle Mayor'][one % 3]} {one % 90 + 1}" for one in person],
        document=[f"{one % 1000:03d}.{(one * 7) % 1000:03d}.{(one * 31) % 1000:03d}-{one % 100:02d}" for one in person],
        first_name=lines["name"].str.split().str[0],
        last_name=lines["name"].str.split().str[-1],
        gender=np.where(person % 2, "F", "M"),
        age=(18 + person % 60).astype(str),
        brand=[("Acme", "Orion", "Delta", "Nova", "Lumen")[int(one[-4:]) % 5] for one in lines["product"]],
        size=random_.choice(["S", "M", "L", "XL"], len(lines)),
        group_code=[f"G{int(one[-4:]) % 6:02d}" for one in lines["product"]],
        ean=[f"789{int(one[-4:]) * 7919:010d}" for one in lines["product"]],
        number=[int(one[-4:]) + 20_000 for one in lines["product"]],
        uuid_order=[f"o{one * 2_654_435_761 % 2**32:08x}" for one in lines["order"]],
        uuid_customer=[f"c{one * 2_654_435_761 % 2**32:08x}" for one in lines["customer"]],
        username=[f"buyer_{one}" for one in person],
        price_net=[f"{float(one) * 0.8:.2f}" for one in lines["price"]],
        amount_net=[f"{float(one) * 0.8:.2f}" for one in lines["amount"]],
        items=order.map(lines.groupby(order)["quantity"].sum()),
        line_in_order=lines.groupby("order").cumcount() + 1,
        weekday=days.dt.day_name(),
        empty=None,
        one=1,
    )


def orders_only(lines: Lines) -> Lines:
    """One row per order."""
    return lines.drop_duplicates("order")


def first_line_only(lines: Lines) -> Lines:
    """What belongs to the order stands on its first line only."""
    first = ~lines["order"].duplicated()
    return lines.assign(**{name: lines[name].where(first) for name in ("total", "freight", "status", "payment")})


ROWS = {"lines": lambda lines: lines, "orders_only": orders_only, "first_line_only": first_line_only}
