"""What else a table says: country, states of orders, direct identifiers of persons, attributes of customers."""

from dataclasses import dataclass

from clientela.data.inspection.choices import NAMED, STRONGLY_NAMED, Choice, Columns
from clientela.data.inspection.names import words_of
from clientela.data.inspection.profile import Profile

PERSONAL = 0.8  # share of values with the look of an identifier
ONE_EACH = 0.95  # share of the customers with one value, from which a column is a fact about them
MOST_STATES = 40
LARGEST_CATEGORIES = 40
STATE_WORDS = frozenset({"state", "status", "estado", "stato", "situacao", "situacion", "zustand"})


@dataclass(frozen=True)
class Others:
    """Columns beside the keys, products and money.

    Attributes:
        country: country of the order; None without one.
        statuses: columns with the states of orders, the most telling first.
        identifiers: columns that identify a person.
        attributes: columns about the customer or the sale.
        of_customers: headers of those attributes that have one value for each customer.
    """

    country: Choice | None
    statuses: tuple[Choice, ...]
    identifiers: tuple[Choice, ...]
    attributes: tuple[Choice, ...]
    of_customers: tuple[str, ...]


def choose_others(columns: Columns, *, customer: str | None) -> Others:
    """The roles of the columns that have none yet.

    Args:
        columns: columns of the table.
        customer: column of the customer; None without one.

    Returns:
        The choices.
    """
    identifiers = tuple(columns.take(choice) for choice in _identifiers(columns, customer))
    statuses = tuple(columns.take(choice) for choice in _statuses(columns))
    country = _country(columns)
    if country:
        columns.take(country)
    attributes = tuple(columns.take(choice) for choice in _attributes(columns, customer))
    constant = tuple(
        choice.source for choice in attributes if customer and is_of_customer(columns, customer, choice.source)
    )
    return Others(country, statuses, identifiers, attributes, constant)


def is_personal(columns: Columns, name: str) -> bool:
    """Whether the values of a column identify a person by themselves, even if it serves as an id."""
    profile = columns.profiles.get(name)
    if profile is None:
        return False
    looks = max(profile.emails, profile.phones, profile.documents, profile.persons * (profile.column.distinct > 20))
    return looks >= PERSONAL or columns.means(name, "identifier")


def _identifiers(columns: Columns, customer: str | None) -> list[Choice]:
    found = []
    for profile in columns.free():
        if profile.is_date:
            continue
        named = columns.named(profile.name, "identifier")
        looks = {
            "e-mail addresses": profile.emails,
            "telephone numbers": profile.phones,
            "numbers of identity documents": profile.documents,
        }
        kind = max(looks, key=lambda key: looks[key])
        if looks[kind] >= PERSONAL:
            found.append(Choice("identifier", profile.name, 0.97, f"its values are {kind}"))
        elif named >= NAMED:
            found.append(columns.by_name(profile, "identifier"))
        elif _may_be_names(columns, profile.name) and _is_name(columns, profile, customer):
            found.append(Choice("identifier", profile.name, 0.7, "names, one for each customer"))
    return found


def _may_be_names(columns: Columns, name: str) -> bool:
    """Whether a header says nothing, or names the customer, of whom there is an id in another column."""
    return columns.other_role(name, "customer_id") < NAMED


def _is_name(columns: Columns, profile: Profile, customer: str | None) -> bool:
    if profile.persons < PERSONAL or customer is None:
        return False
    customers = columns.profiles[customer].column.distinct
    share, _ = columns.table.determined_share(customer, profile.name)
    return share >= ONE_EACH and profile.column.distinct > max(20, 0.6 * customers)


def _statuses(columns: Columns) -> list[Choice]:
    found: list[tuple[float, Choice]] = []
    for profile in columns.free():
        named = columns.named(profile.name, "status")
        if profile.is_date or profile.column.distinct > MOST_STATES:
            continue
        if named >= NAMED and (
            profile.statuses > 0.5 or (named >= STRONGLY_NAMED and not _also_place(columns, profile))
        ):
            words = f"{profile.statuses:.0%} of its values are states of orders"
            choice = columns.by_name(profile, "status", content=words, fits=0.7 + 0.3 * (profile.statuses > 0.5))
            found.append((named + profile.statuses, choice))
        elif profile.statuses > 0.8 and _may_be_status(columns, profile.name):
            words = f"{profile.statuses:.0%} of its values are states of orders"
            found.append((profile.statuses, Choice("status", profile.name, 0.7, words)))
    return [choice for _, choice in sorted(found, key=lambda one: -one[0])]


def _may_be_status(columns: Columns, name: str) -> bool:
    """Whether a header says nothing, or has a word for a state, of a country or an order."""
    if STATE_WORDS & set(words_of(name)):
        return columns.other_role(name, "attribute", "status") < NAMED
    return columns.other_role(name) < NAMED


def _also_place(columns: Columns, profile: Profile) -> bool:
    """Whether the header may mean a state of a country as well, like the Spanish and Portuguese "estado"."""
    return columns.other_role(profile.name, "status") >= STRONGLY_NAMED or profile.name.strip().lower() in (
        "estado",
        "state",
    )


def _country(columns: Columns) -> Choice | None:
    texts = [profile for profile in columns.free() if not profile.is_date and not profile.is_number]
    named = [profile for profile in texts if columns.named(profile.name, "country") >= NAMED]
    if named:
        best = max(named, key=lambda profile: columns.named(profile.name, "country") + 0.3 * profile.countries)
        return columns.by_name(best, "country", content=f"{best.countries:.0%} of its values are names of countries")
    fitting = [one for one in texts if one.countries > 0.9 and columns.other_role(one.name) < NAMED]
    if fitting:
        return Choice("country", fitting[0].name, 0.75, "its values are names of countries")
    return None


def _attributes(columns: Columns, customer: str | None) -> list[Choice]:
    found = []
    for profile in columns.free():
        if columns.named(profile.name, "attribute") >= NAMED:
            found.append(columns.by_name(profile, "attribute"))
        elif customer and _is_fact(columns, customer, profile):
            found.append(Choice("attribute", profile.name, 0.6, "one value for each customer, and few values"))
    return found


def _is_fact(columns: Columns, customer: str, profile: Profile) -> bool:
    """Whether a column without a telling header has few values, and one for each customer."""
    if profile.is_date or columns.other_role(profile.name) >= NAMED:
        return False
    return 1 < profile.column.distinct <= LARGEST_CATEGORIES and is_of_customer(columns, customer, profile.name)


def is_of_customer(columns: Columns, customer: str, name: str) -> bool:
    """Whether nearly all customers with several rows have one value of a column."""
    share, groups = columns.table.determined_share(customer, name)
    return share >= ONE_EACH and groups > 0
