"""Shops for the measurement of `clientela inspect`: tables with the true role of each column, and their disguises.

A table has its values as text, dates as ISO 8601 and numbers with a decimal point. A disguise gives the columns other
headers and another order, writes dates and numbers another way, and chooses the format of the file.
"""

import gzip
import json
import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

MONEY = ("unit_price", "amount", "other_money")
DATES = ("ordered_at", "other_date", "first_purchase", "last_purchase")


@dataclass(frozen=True)
class Shop:
    """A table and what is true of it.

    Attributes:
        name: name of the shop.
        table: the rows, all values as text; null for no value.
        roles: header -> role; headers of one role that may occur several times have a number behind a colon.
        customers, orders: true numbers; None if the inspection must not know them.
        money: true total.
        verdict: true verdict.
    """

    name: str
    table: pd.DataFrame
    roles: dict[str, str]
    customers: int | None
    orders: int | None
    money: float | None
    period: tuple[str, str] | None
    verdict: str = "ready"


@dataclass(frozen=True)
class Disguise:
    """Another look of a table.

    Attributes:
        name: name of the disguise.
        headers: role -> header; roles that are not named keep their header.
        date_format: strftime format of the dates; None for ISO 8601.
        time_of_day: whether dates have a time.
        decimal: decimal sign; the other sign separates thousands if `thousands`.
        thousands: whether large numbers have a thousands sign.
        currency: sign before money.
        delimiter: sign between columns.
        encoding: encoding of the text file.
        ending: ending of the file, which says its format.
        titles: rows above the header.
        seed: order of the columns; 0 keeps it.
        nonsense: whether all headers say nothing.
    """

    name: str
    headers: dict[str, str] = field(default_factory=dict)
    date_format: str | None = None
    decimal: str = "."
    thousands: bool = False
    currency: str = ""
    delimiter: str = ","
    encoding: str = "utf-8"
    ending: str = ".csv"
    titles: int = 0
    seed: int = 0
    nonsense: bool = False


def disguised(shop: Shop, look: Disguise, folder: Path) -> tuple[Path, dict[str, str]]:
    """Write a shop's table under a disguise; returns the path, and the true role of each header."""
    table, roles = shop.table.copy(), dict(shop.roles)
    for header, role in shop.roles.items():
        kind = role.split(":")[0]
        if kind in DATES and look.date_format:
            table[header] = pd.to_datetime(table[header], format="ISO8601").dt.strftime(look.date_format)
        if kind in MONEY or (kind == "quantity" and look.decimal == ","):
            table[header] = table[header].map(partial(_written, look=look, kind=kind), na_action="ignore")
    names = _names(shop, look)
    table = table.rename(columns=names)
    roles = {names[header]: role for header, role in roles.items()}
    if look.seed:
        order = list(table.columns)
        random.Random(look.seed).shuffle(order)
        table = table[order]
    path = folder / f"{shop.name}_{look.name}{look.ending}".replace(" ", "_")
    _write(table, path, look)
    return path, roles


def _names(shop: Shop, look: Disguise) -> dict[str, str]:
    if look.nonsense:
        return {header: f"F{place:02d}" for place, header in enumerate(shop.table.columns)}
    names: dict[str, str] = {}
    for header in shop.table.columns:
        role = shop.roles.get(header, "")
        new = look.headers.get(role, header)
        names[header] = header if new in names.values() else new
    return names


def _written(text: str, look: Disguise, kind: str) -> str:
    if kind == "quantity" and "." not in text:
        return text
    whole, _, fraction = text.lstrip("-").partition(".")
    if look.thousands and len(whole) > 3:
        sign = "." if look.decimal == "," else ","
        whole = f"{int(whole):,}".replace(",", sign)
    number = whole + (look.decimal + fraction if fraction else "")
    return ("-" if text.startswith("-") else "") + look.currency + number


def _write(table: pd.DataFrame, path: Path, look: Disguise) -> None:
    if look.ending == ".xlsx":
        _write_workbook(table, path, look)
        return
    if look.ending == ".jsonl":
        text = "".join(
            json.dumps(row, ensure_ascii=False) + "\n" for row in table.where(table.notna(), None).to_dict("records")
        )
    else:
        text = "".join(f"Report line {place + 1}\n" for place in range(look.titles))
        text += table.to_csv(index=False, sep=look.delimiter, lineterminator="\r\n" if look.seed % 2 else "\n")
    content = text.encode(look.encoding, errors="replace")
    path.write_bytes(gzip.compress(content) if path.name.endswith(".gz") else content)


def _write_workbook(table: pd.DataFrame, path: Path, look: Disguise) -> None:
    """A workbook with a cover and the rows on two sheets; numbers are numbers unless they have a sign."""
    half = len(table) // 2
    with pd.ExcelWriter(path) as writer:
        pd.DataFrame({"Report": ["made by the shop system"], "Pages": ["2"]}).to_excel(
            writer, sheet_name="Cover", index=False
        )
        for name, part in (("2023", table[:half]), ("2024", table[half:])):
            part.to_excel(writer, sheet_name=name, index=False, startrow=look.titles)
            if look.titles:
                writer.sheets[name].write(0, 0, "Sales report")


def real_shops(data: Path, *, rows: int) -> list[Shop]:
    """The published data sets, at most so many rows of each."""
    return [_online_retail(data, rows), _superstore(data), _groceries(data, rows), _retail_transactions(data, rows)]


def _text(table: pd.DataFrame) -> pd.DataFrame:
    return table.map(lambda value: None if pd.isna(value) else str(value))


def _period(dates: pd.Series) -> tuple[str, str]:
    days = pd.to_datetime(dates, format="ISO8601")
    return str(days.min().date()), str(days.max().date())


def _online_retail(data: Path, rows: int) -> Shop:
    table = pd.read_parquet(data / "online_retail.parquet")
    invoices = pd.unique(table["InvoiceNo"])
    table = table[table["InvoiceNo"].isin(invoices[:: max(1, len(table) // rows)])].copy()
    table["CustomerID"] = table["CustomerID"].map(lambda one: None if pd.isna(one) else str(int(one)))
    money = round(float((table["Quantity"] * table["UnitPrice"]).sum()), 2)
    roles = {
        "InvoiceNo": "order_id", "StockCode": "product_id", "Description": "description", "Quantity": "quantity",
        "InvoiceDate": "ordered_at", "UnitPrice": "unit_price", "CustomerID": "customer_id", "Country": "country",
    }  # fmt: skip
    dates = table["InvoiceDate"]
    return Shop(
        "online_retail",
        _text(table),
        roles,
        table["CustomerID"].nunique(),
        table["InvoiceNo"].nunique(),
        money,
        _period(dates),
    )


def _superstore(data: Path) -> Shop:
    table = pd.read_csv(data / "field" / "superstore.csv", dtype=str, encoding="utf-8-sig")
    for name in ("Order Date", "Ship Date"):
        table[name] = pd.to_datetime(table[name], format="%m/%d/%Y").dt.strftime("%Y-%m-%d")
    roles = {
        "Row ID": "other", "Order ID": "order_id", "Order Date": "ordered_at", "Ship Date": "other_date",
        "Ship Mode": "attribute:1", "Customer ID": "customer_id", "Customer Name": "identifier", "Segment": "attribute:2",
        "Country": "country", "City": "attribute:3", "State": "attribute:4", "Postal Code": "attribute:5",
        "Region": "attribute:6", "Product ID": "product_id", "Category": "product_group", "Sub-Category": "product_group:2",
        "Product Name": "description", "Sales": "amount", "Quantity": "quantity", "Discount": "other_money:1",
        "Profit": "other_money:2",
    }  # fmt: skip
    money = round(float(table["Sales"].astype(float).sum()), 2)
    return Shop("superstore", table, roles, 793, 5009, money, ("2016-01-03", "2019-12-30"))


def _groceries(data: Path, rows: int) -> Shop:
    table = pd.read_csv(data / "field" / "groceries.csv", dtype=str)[:rows].drop(columns="Date_Format")
    table["Date"] = pd.to_datetime(table["Date"], format="%d-%b-%y").dt.strftime("%Y-%m-%d")
    roles = {"Member_number": "customer_id", "Date": "ordered_at", "itemDescription": "description", "Cost": "amount"}
    orders = len(table[["Member_number", "Date"]].drop_duplicates())
    money = round(float(table["Cost"].astype(float).sum()), 2)
    return Shop("groceries", table, roles, table["Member_number"].nunique(), orders, money, _period(table["Date"]))


def _retail_transactions(data: Path, rows: int) -> Shop:
    table = pd.read_csv(data / "retail_data_transactions.csv", dtype=str)[:rows]
    table["trans_date"] = pd.to_datetime(table["trans_date"], format="%m/%d/%Y").dt.strftime("%Y-%m-%d")
    roles = {"customer_id": "customer_id", "trans_date": "ordered_at", "tran_amount": "amount"}
    money = float(table["tran_amount"].astype(float).sum())
    return Shop(
        "retail_transactions",
        table,
        roles,
        table["customer_id"].nunique(),
        len(table),
        money,
        _period(table["trans_date"]),
    )


def generated_lines(seed: int, *, orders: int = 1_500) -> pd.DataFrame:
    """The lines of a shop's orders: customers that come back, products with prices, money to the cent."""
    random_ = np.random.default_rng(seed)
    customers = random_.integers(0, max(60, orders // 5), orders)
    lines = random_.integers(1, 5, orders)
    order = np.repeat(np.arange(orders), lines)
    days = pd.Timestamp("2023-01-02") + pd.to_timedelta(np.sort(random_.integers(0, 700, orders)), unit="D")
    times = days + pd.to_timedelta(random_.integers(8 * 3600, 21 * 3600, orders), unit="s")
    product = random_.integers(0, 120, len(order))
    price = np.round(random_.gamma(2, 12, 120) + 0.99, 2)[product]
    quantity = random_.choice([1, 1, 1, 2, 2, 3, 4, 6], len(order))
    cents = np.rint(price * 100).astype(int) * quantity
    total = pd.Series(cents).groupby(order).transform("sum").to_numpy()
    person = customers[order]
    return pd.DataFrame(
        {
            "order": order + 100_234, "customer": person + 5_001, "time": times[order].strftime("%Y-%m-%d %H:%M:%S"),
            "day": times[order].strftime("%Y-%m-%d"), "product": [f"SKU-{one:04d}" for one in product],
            "title": [f"{WORDS[one % 12]} {WORDS[(one * 7) % 12 + 12]} {one}" for one in product],
            "group": [GROUPS[one % 6] for one in product], "quantity": quantity, "price": [f"{one:.2f}" for one in price],
            "amount": [f"{one / 100:.2f}" for one in cents], "total": [f"{one / 100:.2f}" for one in total],
            "email": [f"person{one}@example.org" for one in person], "name": [_person(one) for one in person],
            "phone": [f"+55 11 9{one:04d}-{(one * 37) % 10_000:04d}" for one in person],
            "city": [CITIES[one % 7] for one in person], "country": [COUNTRIES[one % 4] for one in person],
            "status": random_.choice(["complete", "complete", "complete", "cancelled"], orders)[order], "line": np.arange(len(order)) + 1,
        }
    )  # fmt: skip


WORDS = (
    "Blue", "Red", "Large", "Small", "Soft", "Round", "Green", "Warm", "Light", "Heavy", "Old", "New",
    "Cup", "Lamp", "Chair", "Towel", "Shirt", "Bag", "Shoe", "Clock", "Box", "Plate", "Knife", "Book",
)  # fmt: skip
GROUPS = ("Kitchen", "Garden", "Clothes", "Office", "Toys", "Sport")
CITIES = ("Campinas", "Santos", "Bonn", "Lyon", "Leeds", "Sevilla", "Porto")
COUNTRIES = ("Brazil", "Germany", "France", "Spain")
FIRST = ("Ana", "Bruno", "Carla", "Davi", "Elena", "Felix", "Greta", "Hugo", "Ines", "Jonas", "Karla", "Luis")
LAST = (
    "Silva",
    "Souza",
    "Weber",
    "Lopez",
    "Martin",
    "Keller",
    "Costa",
    "Nunes",
    "Braun",
    "Diaz",
    "Rossi",
    "Meyer",
    "Pinto",
)


def _person(number: int) -> str:
    return f"{FIRST[number % 12]} {LAST[(number // 12) % 13]} {LAST[(number // 7) % 13]}"


def generated_shop(
    name: str,
    columns: dict[str, tuple[str, str]],
    *,
    seed: int,
    verdict: str = "ready",
    change: Callable[[pd.DataFrame], pd.DataFrame] | None = None,
) -> Shop:
    """A shop with generated rows under the headers of a shop system.

    Args:
        name: name of the shop.
        columns: header -> (column of `generated_lines`, role).
        seed: random seed.
        verdict: true verdict.
        change: last change of the lines, before the columns are chosen.

    Returns:
        The shop with its facts.
    """
    lines = generated_lines(seed)
    return shop_of_lines(name, columns, change(lines) if change else lines, verdict=verdict)


def shop_of_lines(name: str, columns: dict[str, tuple[str, str]], lines: pd.DataFrame, *, verdict: str) -> Shop:
    """A shop of generated lines; see `generated_shop`."""
    table = _text(pd.DataFrame({header: lines[source] for header, (source, _) in columns.items()}))
    roles = {header: role for header, (_, role) in columns.items()}
    by_role = {role: source for source, role in columns.values()}
    money = None
    if "amount" in by_role:
        paid = lines.drop_duplicates("order") if by_role["amount"] == "total" else lines
        money = round(float(paid[by_role["amount"]].astype(float).sum()), 2)
    elif {"quantity", "unit_price"} <= set(by_role):
        money = round(float((lines["quantity"] * lines["price"].astype(float)).sum()), 2)
    customers = lines[by_role["customer_id"]].nunique() if "customer_id" in by_role else None
    orders = lines["order"].nunique() if "order_id" in by_role else None
    period = _period(lines[by_role["ordered_at"]]) if "ordered_at" in by_role else None
    return replace(Shop(name, table, roles, customers, orders, money, period), verdict=verdict)
