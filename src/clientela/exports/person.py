"""Contact details of a customer, from which customer-match files are made."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Person:
    """Contact details of a customer as texts; empty where they are not known. The texts are never shown."""

    email: str = field(default="", repr=False)
    phone: str = field(default="", repr=False)
    first_name: str = field(default="", repr=False)
    last_name: str = field(default="", repr=False)
    city: str = field(default="", repr=False)
    state: str = field(default="", repr=False)
    zip: str = field(default="", repr=False)
    country: str = field(default="", repr=False)
    birthday: str = field(default="", repr=False)
    gender: str = field(default="", repr=False)
