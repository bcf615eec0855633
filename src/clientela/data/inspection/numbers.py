"""Numbers in text columns: which sign is the decimal sign, decided by all values of all numeric columns together."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Decimal = Literal[".", ","]
Evidence = Literal["point", "comma", "either", "neutral"]

# Currency signs and codes, percent, and what stands between them and the digits.
CURRENCY = r"(?:[A-Z]{3}|(?:R|US|A|C|NZ|HK|S)?\$|[€£¥₹₽₺₩₪฿₫₴]|kr\.?|zł|Kč|Fr\.?|Rs\.?|%)"
NUMBER = re.compile(
    rf"^\(?\s*[-+−]?\s*(?:{CURRENCY})?\s*[-+−]?\s*"
    rf"(?P<core>\d[\d.,'’\s\u00a0\u202f]*|[.,]\d+)(?P<exponent>[eE][-+]?\d+)?\s*(?:{CURRENCY})?\s*-?\s*\)?$"
)
NEGATIVE = re.compile(r"^\s*\(.*\)\s*$|[-−]\s*\D{0,4}\d|\d\D{0,4}-\s*$")
SPACES = re.compile(r"[\s\u00a0\u202f'’]")


@dataclass(frozen=True)
class NumberStyle:
    """How the numbers of a file are written.

    Attributes:
        decimal: decimal sign.
        thousands: thousands sign; None if no value has one.
        point, comma: rows whose values can only be read with a decimal point, or only with a decimal comma.
        either: rows such as `1.234`, which both readings allow.
        decided: whether the values decide; False if all are either way.
    """

    decimal: Decimal
    thousands: str | None
    point: int
    comma: int
    either: int
    decided: bool


def number_core(text: str) -> str | None:
    """The digits and separators of a number, without signs, currency and spaces; None for other texts.

    >>> number_core("R$ 1.234,56"), number_core("(12.50)"), number_core("12 apples")
    ('1.234,56', '12.50', None)
    """
    found = NUMBER.match(text.strip())
    return SPACES.sub("", found["core"]) + (found["exponent"] or "") if found else None


def evidence(core: str) -> Evidence:
    """What a number says about the decimal sign.

    >>> [evidence(core) for core in ("1.234,56", "12.5", "1.234", "1.234.567", "0.125", "7")]
    ['comma', 'point', 'either', 'comma', 'point', 'neutral']
    """
    digits, _, exponent = core.lower().partition("e")
    points, commas = digits.count("."), digits.count(",")
    if points and commas:
        return "point" if digits.rfind(".") > digits.rfind(",") else "comma"
    if not points and not commas:
        return "neutral"
    sign: Evidence = "point" if points else "comma"
    other: Evidence = "comma" if points else "point"
    if points + commas > 1:
        return other
    before, after = re.split(r"[.,]", digits)
    grouped = len(after) == 3 and 1 <= len(before) <= 3 and not before.startswith("0")
    return "either" if grouped and not exponent else sign


def is_float(core: str) -> bool:
    """Whether a number is whole, with the one zero that programs write behind it.

    >>> is_float("6.0"), is_float("6.00")
    (True, False)
    """
    return re.fullmatch(r"\d+[.,]0", core) is not None


def parse_number(text: str, decimal: str) -> float | None:
    """The value of a number text under a decimal sign; None if it cannot be read.

    >>> parse_number("1.234,50-", ","), parse_number("(12.50)", "."), parse_number("1,5", ".")
    (-1234.5, -12.5, None)
    """
    core = number_core(text)
    if core is None:
        return None
    mark, group = (",", ".") if decimal == "," else (".", ",")
    digits, _, exponent = core.lower().partition("e")
    whole, _, fraction = digits.partition(mark)
    if group in whole and not re.fullmatch(rf"\d{{1,3}}(?:{re.escape(group)}\d{{3}})+", whole):
        return None
    if group in fraction or mark in fraction:
        return None
    try:
        value = float(f"{whole.replace(group, '') or '0'}.{fraction or '0'}" + (f"e{exponent}" if exponent else ""))
    except ValueError:
        return None
    return -value if NEGATIVE.search(text) else value


def number_style(shapes: Iterable[tuple[str, int]]) -> NumberStyle:
    """The decimal sign of number texts; digits may be any, only their places count.

    Args:
        shapes: number texts, or their shapes with a digit for each digit, with their rows.

    Returns:
        The style; by default a decimal point where the values say nothing.

    >>> number_style([("9.999,99", 10), ("9.999", 5)])
    NumberStyle(decimal=',', thousands='.', point=0, comma=10, either=5, decided=True)
    """
    rows = {"point": 0, "comma": 0, "either": 0, "neutral": 0}
    thousands: dict[str, int] = {}
    single: dict[str, int] = {".": 0, ",": 0}
    for text, count in shapes:
        core = number_core(text)
        if core is None:
            continue
        kind = evidence(core)
        rows[kind] += count
        if kind == "either":
            single["." if "." in core else ","] += count
        for sign in _group_signs(text, core, kind):
            thousands[sign] = thousands.get(sign, 0) + count
    decimal: Decimal = "," if rows["comma"] > rows["point"] else "."
    group = "." if decimal == "," else ","
    if single[group]:
        thousands[group] = thousands.get(group, 0) + single[group]
    thousands.pop(decimal, None)
    separator = max(thousands, key=lambda key: thousands[key]) if thousands else None
    decided = bool(rows["point"] or rows["comma"] or not rows["either"])
    return NumberStyle(decimal, separator, rows["point"], rows["comma"], rows["either"], decided)


def _group_signs(text: str, core: str, kind: Evidence) -> list[str]:
    """The thousands signs that a text certainly has."""
    found = []
    if re.search(r"\d['’]\d{3}", text):
        found.append("'")
    if re.search(r"\d[ \u00a0\u202f]\d{3}(?!\d)", text):
        found.append(" ")
    if kind == "comma" and re.search(r"\d\.\d{3}(?!\d)", core):
        found.append(".")
    if kind == "point" and re.search(r"\d,\d{3}(?!\d)", core):
        found.append(",")
    return found
