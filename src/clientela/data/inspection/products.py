"""Product, description and product group: by headers and by how products, orders and customers depend on each other."""

import re

import duckdb

from clientela.data.inspection.choices import NAMED, Choice, Columns
from clientela.data.inspection.profile import Profile

FEWEST_PRODUCTS = 5
FEWEST_DESCRIPTIONS = 10
LARGEST_GROUPS = 400
VARIES = 0.8  # share of orders or customers with one value, above which a column is not the product
BY_PRODUCT = 0.95
EACH_ROW = 0.95  # distinct values per row, from which a column rather numbers the rows
PRODUCT_ROLES = ("product_id", "description", "product_group")


def choose_products(columns: Columns, *, customer: str | None, order: str | None) -> list[Choice]:
    """Product, description and product group, as far as the table has them.

    Args:
        columns: columns of the table, of which dates, orders and customers are taken.
        customer: column of the customer; None without one.
        order: column of the order; None without one.

    Returns:
        The choices.
    """
    found: list[Choice] = []
    product = _product(columns, customer, order)
    if product is not None:
        found.append(columns.take(product))
    description = _description(columns, product.source if product else None, customer, order)
    if description is not None:
        found.append(columns.take(description))
    key = next((choice.source for choice in found), None)
    group = _group(columns, key, customer)
    return [*found, *([columns.take(group)] if group else [])]


def _varies(columns: Columns, profile: Profile, *keys: str | None) -> bool:
    """Whether orders and customers have several values of the column."""
    shares = [columns.table.determined_share(key, profile.name) for key in keys if key]
    told = [share for share, groups in shares if groups > 0]
    return bool(told) and min(told) < VARIES


def _product(columns: Columns, customer: str | None, order: str | None) -> Choice | None:
    codes = [
        profile
        for profile in columns.free()
        if not profile.is_date and not (profile.is_number and profile.fraction_share > 0.05)
    ]
    best = columns.best_named("product_id", [one for one in codes if one.unique < EACH_ROW])
    best = best or columns.best_named("product_id", codes)
    if best is not None and columns.named(best.name, "product_id") >= columns.named(best.name, "description"):
        return columns.by_name(best, "product_id", content=f"{best.column.distinct:,} different values in the sample")
    fitting = [
        profile
        for profile in codes
        if profile.codes > 0.9
        and profile.column.distinct >= FEWEST_PRODUCTS
        and profile.unique < 0.9
        and columns.other_role(profile.name, *PRODUCT_ROLES) < NAMED
        and not _is_small_number(profile)
        and _varies(columns, profile, customer, order)
    ]
    if not fitting:
        return None
    named = max(fitting, key=lambda profile: profile.column.distinct)
    return Choice("product_id", named.name, 0.6, "codes that differ within the orders of a customer")


def _is_small_number(profile: Profile) -> bool:
    """Whether the values are numbers such as quantities or whole amounts, not codes of one length."""
    if not profile.is_number or profile.whole_share + profile.fraction_share < 0.99:
        return False
    lengths = [len(value) for value in profile.column.values]
    usual = max(set(lengths), key=lengths.count)
    return usual < 4 or lengths.count(usual) < 0.6 * len(lengths)


def _is_product_title(columns: Columns, profile: Profile, product: str, customer: str | None) -> bool:
    """Whether a column that is only called "name" has the names of the products."""
    if not columns.means(profile.name, "identifier") or profile.column.distinct < FEWEST_DESCRIPTIONS:
        return False
    by_customer = columns.table.determined_share(customer, profile.name) if customer else (0.0, 1)
    return _determined(columns, product, profile.name) and by_customer[0] < VARIES


def _description(columns: Columns, product: str | None, customer: str | None, order: str | None) -> Choice | None:
    texts = [profile for profile in columns.free() if not profile.is_date and not profile.is_number]
    texts = [profile for profile in texts if profile.emails < 0.5]
    titled = product and next((one for one in texts if _is_product_title(columns, one, product, customer)), None)
    if titled:
        return Choice("description", titled.name, 0.85, "texts with one value for each product")
    best = columns.best_named("description", texts)
    if best is not None:
        words = f"{best.column.distinct:,} different texts in the sample"
        return columns.by_name(best, "description", content=words)
    fitting = [
        profile
        for profile in texts
        if profile.spaced > 0.3
        and profile.column.distinct >= FEWEST_DESCRIPTIONS
        and profile.unique < 0.9
        and columns.other_role(profile.name, *PRODUCT_ROLES) < NAMED
        and _varies(columns, profile, customer, order)
    ]
    if not fitting:
        return None
    longest = max(fitting, key=lambda profile: (profile.column.distinct, profile.mean_length))
    return Choice(
        "description", longest.name, 0.65, "texts of several words that differ within the orders of a customer"
    )


def _group(columns: Columns, product: str | None, customer: str | None) -> Choice | None:
    texts = [
        profile
        for profile in columns.free()
        if not profile.is_date and 1 < profile.column.distinct <= LARGEST_GROUPS and not _is_fraction(profile)
    ]
    best = columns.best_named("product_group", texts)
    if best is not None:
        return columns.by_name(best, "product_group", content=f"{best.column.distinct} different values")
    if product is None:
        return None
    products = columns.profiles[product].column.distinct
    fitting = [
        profile
        for profile in texts
        if not profile.is_number
        and profile.column.distinct * 3 < products
        and columns.other_role(profile.name, *PRODUCT_ROLES) < NAMED
        and _determined(columns, product, profile.name)
        and (customer is None or columns.table.determined_share(customer, profile.name)[0] < VARIES)
    ]
    if not fitting:
        return None
    coarse = min(fitting, key=lambda profile: profile.column.distinct)
    return Choice("product_group", coarse.name, 0.6, "one value for each product, and many products for each value")


def _determined(columns: Columns, key: str, name: str) -> bool:
    share, groups = columns.table.determined_share(key, name)
    return share >= BY_PRODUCT and groups >= FEWEST_PRODUCTS


def _is_fraction(profile: Profile) -> bool:
    return profile.is_number and profile.fraction_share > 0.1


NO_PRODUCT = re.compile(
    r"postage|shipping|freight|carriage|delivery (?:fee|charge|cost)|bank charges|amazon ?fee|manual\b|adjust|discount|"
    r"voucher|gift ?card|commission|samples?$|handling|cruk|dotcom|\bfrete\b|desconto|postagem|taxa de|\benvio\b|"
    r"gastos de env|descuento|versandkosten|^versand|porto\b|rabatt|gutschein",
    re.IGNORECASE,
)
FEW_PRODUCTS = 50  # more codes than this are goods after all


def non_products(connection: duckdb.DuckDBPyConnection) -> tuple[str, ...]:
    """Product ids of postage, fees and discounts: codes without the digits that the others have, or named so.

    Args:
        connection: DuckDB connection with the table `staged`.

    Returns:
        The product ids, the most frequent first; empty if the codes of the goods have no digits either.
    """
    rows = connection.execute("""
        with products as (
            select product_id, mode(description) as named, count(*) as lines,
                regexp_matches(product_id, '[0-9]') as has_digits
            from staged where product_id is not null and product_id is distinct from description group by product_id
        )
        select product_id, coalesce(named, ''), lines from products
        where not has_digits and (select avg(has_digits::int) from products) > 0.9
        order by lines desc, product_id
    """).fetchall()
    found = [code for code, named, _ in rows if NO_PRODUCT.search(named) or NO_PRODUCT.search(code)]
    return tuple(found) if len(found) <= FEW_PRODUCTS else ()
