"""The customer table of the demo shop: age, gender, preferred packaging, and consent to the newsletter."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.random import Generator

from clientela.data.demo_types import CUSTOMER_TYPES, People

GENDERS = ("female", "male", "other")
OTHER_SHARE = 0.02  # share of customers with gender "other"
PACKAGINGS = ("standard box", "gift wrap", "reusable bag")

AGE_SPREAD = 9.0  # standard deviation of age between customers of a type, in years
AGES = (18, 90)  # age limits, in years
IMPOSSIBLE_AGES = (0, 200)  # wrong entries

# Shares of customers with a missing or wrong value:
MISSING_AGE_SHARE = 0.06
IMPOSSIBLE_AGE_SHARE = 0.006
MISSING_GENDER_SHARE = 0.04
MISSING_PACKAGING_SHARE = 0.10
MISSING_NEWSLETTER_SHARE = 0.03

NEWSLETTER_SHARE = 0.85  # share of customers who want the newsletter, among those with an answer


@dataclass(frozen=True)
class Person:
    """Demographics of a customer type.

    Attributes:
        age: mean age in years.
        female: share of women.
        packaging: share of customers who prefer each of PACKAGINGS.
    """

    age: float
    female: float
    packaging: tuple[float, float, float]


# Customer type -> demographics.
PERSONS = {
    "premium loyal": Person(52, 0.62, (0.40, 0.30, 0.30)),
    "weekend regular": Person(38, 0.58, (0.50, 0.10, 0.40)),
    "bargain hunter": Person(30, 0.66, (0.70, 0.05, 0.25)),
    "bulk buyer": Person(46, 0.36, (0.92, 0.02, 0.06)),
    "gift buyer": Person(42, 0.55, (0.15, 0.80, 0.05)),
    "newcomer": Person(27, 0.55, (0.45, 0.15, 0.40)),
    "lapsed": Person(44, 0.52, (0.65, 0.15, 0.20)),
}


def draw_customers(rng: Generator, people: People) -> pa.Table:
    """Generate the customer table, one row per customer: customer_id, age, gender, packaging, newsletter."""
    persons = [PERSONS[kind.name] for kind in CUSTOMER_TYPES]
    kind = people["type"]
    return pa.table(
        {
            "customer_id": pa.array(people["id"]),
            "age": _draw_ages(rng, np.array([person.age for person in persons])[kind]),
            "gender": _draw_genders(rng, np.array([person.female for person in persons])[kind]),
            "packaging": _draw_packagings(rng, np.array([person.packaging for person in persons])[kind]),
            "newsletter": _draw_newsletter(rng, len(kind)),
        }
    )


def _draw_ages(rng: Generator, mean: np.ndarray) -> pa.Array:
    ages = np.clip(np.rint(rng.normal(mean, AGE_SPREAD)), *AGES).astype(int)
    mistyped = rng.random(len(ages)) < IMPOSSIBLE_AGE_SHARE
    ages = np.where(mistyped, rng.choice(IMPOSSIBLE_AGES, len(ages)), ages)
    return pa.array(ages, mask=rng.random(len(ages)) < MISSING_AGE_SHARE)


def _draw_genders(rng: Generator, female: np.ndarray) -> pa.Array:
    shares = np.column_stack([female, 1 - OTHER_SHARE - female, np.full(len(female), OTHER_SHARE)])
    return _one_of(rng, GENDERS, shares, MISSING_GENDER_SHARE)


def _draw_packagings(rng: Generator, shares: np.ndarray) -> pa.Array:
    return _one_of(rng, PACKAGINGS, shares, MISSING_PACKAGING_SHARE)


def _draw_newsletter(rng: Generator, customers: int) -> pa.Array:
    shares = np.tile([NEWSLETTER_SHARE, 1 - NEWSLETTER_SHARE], (customers, 1))
    return _one_of(rng, ("yes", "no"), shares, MISSING_NEWSLETTER_SHARE)


def _one_of(rng: Generator, values: tuple[str, ...], shares: np.ndarray, missing_share: float) -> pa.Array:
    """Draw one value (or null) for each row of shares, which sum to 1."""
    drawn = (rng.random(len(shares))[:, None] >= shares.cumsum(axis=1)[:, :-1]).sum(axis=1)
    missing = rng.random(len(shares)) < missing_share
    return pa.array(values).take(pa.array(drawn, mask=missing))
