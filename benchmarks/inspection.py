"""How often `clientela inspect` is right: exports of many systems, and real files under many disguises.

    python benchmarks/inspection.py
    python benchmarks/inspection.py --part held_out --failures

Prints for each variant the columns that are right, whether the period and the money are, and the time. A wrong period
or a wrong total counts as silently wrong only if the verdict is "ready".
"""

import argparse
import os
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from inspection_shops import Disguise, Shop, disguised
from inspection_variants import PARTS, variants

from clientela.data.inspection.inspect import Defaults, inspect_source
from clientela.data.inspection.result import Inspection
from clientela.errors import ClientelaError
from clientela.settings import load_reading_defaults

ROOT = Path(__file__).resolve().parents[1]
GROUPS = {
    "online_retail": "Online Retail, disguised", "superstore": "Superstore, disguised",
    "groceries": "Groceries, disguised", "retail_transactions": "Retail Transaction Data, disguised",
}  # fmt: skip
FREE = ("other", "other_date", "other_money")  # right unless the column gets a role of the transactions


@dataclass(frozen=True)
class Score:
    """The result of a variant."""

    group: str
    name: str
    right: int
    columns: int
    wrong: tuple[str, ...]
    verdict: str
    period: str
    money: str
    seconds: float


def main() -> None:
    """Measure, print the table and the totals."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    default = Path(os.environ.get("CLIENTELA_DATA", ROOT.parent / "shared" / "data"))
    parser.add_argument("--data", type=Path, default=default, help="folder of the public data sets")
    parser.add_argument("--part", choices=PARTS, help="only the variants of this part")
    parser.add_argument("--failures", action="store_true", help="list the columns that are wrong")
    parser.add_argument("--only", default="", help="only variants whose name has this text")
    args = parser.parse_args()
    scores = []
    with tempfile.TemporaryDirectory() as folder:
        for shop, look in variants(args.data, part=args.part):
            if args.only in f"{shop.name} {look.name}":
                scores.append(measure(shop, look, Path(folder)))
                print(line(scores[-1], failures=args.failures), flush=True)
    print(summary(scores))


def measure(shop: Shop, look: Disguise, folder: Path) -> Score:
    """Write a variant, inspect it, compare with the truth."""
    path, roles = disguised(shop, look, folder)
    reading = load_reading_defaults(conf=ROOT / "conf")
    defaults = Defaults(tuple(word.lower().strip() for word in reading.null_words), reading.plausible_dates)
    start = time.perf_counter()
    name = f"{shop.name} {look.name}"
    group = GROUPS.get(shop.name, "exports of systems")
    try:
        found = inspect_source(str(path), name="shop", defaults=defaults)
    except ClientelaError as error:
        return Score(group, name, 0, len(roles), (str(error),), "error", "", "", time.perf_counter() - start)
    seconds = time.perf_counter() - start
    wrong = wrong_columns(found, roles)
    return Score(
        group, name, len(roles) - len(wrong), len(roles), tuple(wrong), verdict_of(found, shop), period_of(found, shop),
        money_of(found, shop), seconds,
    )  # fmt: skip


def wrong_columns(found: Inspection, roles: dict[str, str]) -> list[str]:
    """Headers whose role is not the true one, with both roles."""
    given: dict[str, str] = {}
    for role, choice in found.columns.items():
        given[choice.source] = role.split(":")[0]
    canonical = {
        "customer_id",
        "order_id",
        "ordered_at",
        "product_id",
        "description",
        "quantity",
        "unit_price",
        "amount",
        "country",
        "status",
    }
    wrong = []
    for header, role in roles.items():
        true, kind, got = role, role.split(":")[0], given.get(header)
        right = got == kind
        if kind in FREE:
            right = got not in canonical | {"product_group", "identifier"}
        if kind == "attribute" or role == "product_group:2":
            right = got not in canonical | {"identifier"} and not (kind == "attribute" and got == "product_group")
        if role == "product_group":
            right = got in ("product_group", None)
        if not right:
            wrong.append(f"{header}: {got} instead of {true}")
    return wrong


def verdict_of(found: Inspection, shop: Shop) -> str:
    """The verdict, with a mark if it is not the true one."""
    return found.verdict.name if found.verdict.name == shop.verdict else f"{found.verdict.name} (not {shop.verdict})"


def period_of(found: Inspection, shop: Shop) -> str:
    """Whether the period is right, asked for, or wrong without a word."""
    if found.verdict.name != "ready":
        return "open"
    period = tuple(map(str, found.facts.period)) if found.facts.period else None
    return "right" if period == shop.period else f"WRONG {period} not {shop.period}"


def money_of(found: Inspection, shop: Shop) -> str:
    """Whether the money is right to the cent, or wrong without a word."""
    if found.verdict.name != "ready":
        return "open"
    total = found.facts.money_total
    if total is None or shop.money is None:
        return "right" if total == shop.money else f"WRONG {total} not {shop.money}"
    return "right" if abs(total - shop.money) < 0.006 else f"WRONG {total} not {shop.money}"


def line(score: Score, *, failures: bool) -> str:
    """A row of the table."""
    text = (
        f"{score.name:<46} {score.right:>3} of {score.columns:>3}  {score.verdict:<16} {score.period:<8} "
        f"{score.money:<8}{score.seconds:5.1f} s"
    )
    return text + "".join(f"\n      {one}" for one in score.wrong) if failures else text


def summary(scores: list[Score]) -> str:
    """The totals of each group, as a table of Markdown."""
    lines = [
        "| files | variants | columns | columns right | wrong dates | wrong money | wrong verdicts | slowest |",
        "|-------|---------:|--------:|--------------:|------------:|------------:|---------------:|--------:|",
    ]
    groups = list(dict.fromkeys(score.group for score in scores))
    for title, some in [
        *((group, [score for score in scores if score.group == group]) for group in groups), ("all", scores)
    ]:  # fmt: skip
        right, columns = sum(score.right for score in some), sum(score.columns for score in some)
        lines.append(
            f"| {title} | {len(some)} | {columns} | {right / max(1, columns):.1%} "
            f"| {sum('WRONG' in score.period for score in some)} | {sum('WRONG' in score.money for score in some)} "
            f"| {sum('(not' in score.verdict or score.verdict == 'error' for score in some)} "
            f"| {max((score.seconds for score in some), default=0):.1f} s |"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    main()
