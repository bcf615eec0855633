"""Names of months in English, Portuguese, Spanish and German, and SQL that makes them English for strptime."""

import calendar

from clientela.data.expressions import quoted_text

_ABBREVIATED = (
    "jan ene jän", "feb fev", "mar mär mrz", "apr abr", "may mai", "jun", "jul", "aug ago", "sep sept set",
    "oct out okt", "nov", "dec dez dic",
)  # fmt: skip
_FULL = (
    "january janeiro enero januar jänner", "february fevereiro febrero februar", "march março marco marzo märz maerz",
    "april abril", "may maio mayo mai", "june junho junio juni", "july julho julio juli", "august agosto",
    "september setembro septiembre setiembre", "october outubro octubre oktober", "november novembro noviembre",
    "december dezembro diciembre dezember",
)  # fmt: skip
ABBREVIATED = {name: month for month, names in enumerate(_ABBREVIATED, 1) for name in names.split()}
FULL = {name: month for month, names in enumerate(_FULL, 1) for name in names.split()}
ONLY_FULL = frozenset(FULL) - frozenset(ABBREVIATED)
ENGLISH = frozenset(name.lower() for name in (*calendar.month_name, *calendar.month_abbr) if name)


def english_months_sql(text: str, *, full: bool) -> str:
    """SQL of a text in which the name of a month is replaced by the English one.

    Args:
        text: SQL expression of the text.
        full: whether the English name is written in full.

    Returns:
        The SQL expression; texts without such a name, or with an English one, stay as they are.
    """
    numbers = {**ABBREVIATED, **FULL}
    english = calendar.month_name if full else calendar.month_abbr
    foreign = sorted(set(numbers) - ENGLISH, key=lambda name: (-len(name), name))
    word = rf"regexp_extract(lower({text}), '(?:^|[^\pL])({'|'.join(foreign)})(?:[^\pL]|$)', 1)"
    cases = " ".join(f"when {quoted_text(name)} then {quoted_text(english[numbers[name]])}" for name in foreign)
    place = f"strpos(lower({text}), {word})"
    return (
        f"case when {word} = '' then {text} else left({text}, {place} - 1) || case {word} {cases} end "
        f"|| substr({text}, {place} + length({word})) end"
    )
