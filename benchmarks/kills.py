"""Every command, killed at random moments: there is always a champion that opens, and no half-written file.

    python benchmarks/kills.py --kills 200

A shop of 400 customers is segmented, refreshed and scored once. Then commands are started and get SIGKILL after a
random time, at most the time that they take. After each kill, every model must have a champion that opens, and an
export must be whole or not there. At the end, `clientela doctor --mend` runs, every command runs to its end, and
`doctor` must find nothing. Ends with 1 if anything of this does not hold.
"""

import argparse
import multiprocessing
import os
import random
import shutil
import signal
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import yaml

CONF = Path(__file__).resolve().parents[1] / "conf"
CUSTOMERS = 400
SMALL: Mapping[str, object] = {
    "candidates.yaml": {"kmeans": {"k": [3, 6], "n_init": 2}},
    "evaluation.yaml": {
        "bootstraps": 2,
        "sample": 400,
        "horizon_days": 90,
        "folds": 3,
        "jobs": 1,
        "pictures": "shortlist",
    },
}
CHURN: Mapping[str, object] = {
    "models": {"logistic_regression": {"draws": 1, "C": [0.1, 1.0]}},
    "folds": 3,
    "jobs": 1,
    "cutoffs": {"test": 1, "train": 1, "step_days": 30, "least_history_days": 90},
    "choice": {"interval": 0.95, "draws": 100},
}
SHOP = ("--dataset", "shop", "--conf", "conf")
FORCED = ("--conf", "conf", "--force", "--reason", "kills")
COMMANDS: Mapping[str, tuple[str, ...]] = {
    "segment": ("segment", *SHOP, "--as-of", "2024-07-01", "--report", "report.html"),
    "refresh": ("refresh", *SHOP),
    "score": ("score", *SHOP, "--output", "out.csv"),
    "score to a database": ("score", *SHOP, "--output", "out.db"),
    "insiders": ("insiders", *SHOP, "--list", "list.csv"),
    "churn": ("churn", *SHOP, "--report", "churn.html"),
    "score churn": ("score", *SHOP, "--model", "customer-churn", "--output", "churn.csv"),
    "inspect": ("inspect", "shop.csv", "--write", "inspected.yaml", "--conf", "conf"),
    "init": ("init", "begun"),
    "promote": ("promote", "--version", "2", *FORCED),
    "promote insiders": ("promote", "--model", "insiders", "--version", "2", *FORCED),
    "promote churn": ("promote", "--model", "customer-churn", "--version", "2", *FORCED),
    "rollback": ("rollback", "--conf", "conf"),
    "rollback churn": ("rollback", "--model", "customer-churn", "--conf", "conf"),
    "history": ("history", "--conf", "conf"),
    "doctor": ("doctor", "--mend", "--conf", "conf"),
}
# In this order, before the kills.
PREPARED = ("segment", "refresh", "insiders", "insiders", "churn", "churn", "promote", "promote churn")
MODELS = ("customer-segments", "insiders", "customer-churn")
TABLES = ("out.csv", "list.csv", "churn.csv")
REPORTS = ("report.html", "churn.html")
FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(
    [
        "mlflow.pyfunc.scoring_server",
        "mlflow.store.tracking.sqlalchemy_store",
        "mlflow.store.model_registry.sqlalchemy_store",
        "clientela.cli",
        *(f"clientela.workflows.{name}" for name in ("segment", "insiders", "churn", "doctor", "inspect")),
    ]
)


@dataclass
class Outcome:
    """What was killed, and what did not hold.

    Attributes:
        kills: number of kills of each command that was still running.
        ended: commands that had ended before their kill.
        problems: what did not hold.
    """

    kills: Counter[str] = field(default_factory=Counter)
    ended: int = 0
    problems: list[str] = field(default_factory=list)


def main() -> int:
    """Run it and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        outcome = kill(Path(folder), kills=args.kills, minutes=args.minutes, seed=args.seed)
    print(f"killed           {sum(outcome.kills.values())}; {outcome.ended} had ended before")
    for command, count in sorted(outcome.kills.items()):
        print(f"  {command:<20} {count}")
    print(f"problems         {len(outcome.problems)}")
    for problem in outcome.problems[:10]:
        print(f"  {problem}")
    return 1 if outcome.problems else 0


def kill(folder: Path, *, kills: int, minutes: float, seed: int) -> Outcome:
    """Kill commands in a shop's folder, and check after each kill.

    Args:
        folder: an empty folder.
        kills: number of commands to kill.
        minutes: no more commands are killed after this time.
        seed: random seed of commands and moments.

    Returns:
        What was killed, and what did not hold.
    """
    make_shop(folder)
    outcome, rng, until = Outcome(), random.Random(seed), time.monotonic() + minutes * 60
    for name in PREPARED:
        _run(folder, name, outcome)
    if outcome.problems:
        return outcome
    typical = dict.fromkeys(COMMANDS, 3.0) | {"segment": 15.0, "insiders": 10.0, "churn": 10.0, "refresh": 6.0}
    while sum(outcome.kills.values()) < kills and time.monotonic() < until:
        name = rng.choice(sorted(COMMANDS))
        began, seconds = time.monotonic(), rng.uniform(0.0, typical[name])
        process = _start(folder, COMMANDS[name])
        process.join(seconds)
        if process.is_alive():
            os.kill(process.pid, signal.SIGKILL)
            process.join()
            outcome.kills[name] += 1
        else:
            typical[name] = time.monotonic() - began
            outcome.ended += 1
        outcome.problems += [f"after {name}: {problem}" for problem in _check(folder)]
        sys.stderr.write(f"{sum(outcome.kills.values())} kills, {len(outcome.problems)} problems, last: {name}\n")
        shutil.rmtree(folder / "begun", ignore_errors=True)  # so that init has something to do
        (folder / "inspected.yaml").unlink(missing_ok=True)
    for name in ("doctor", *COMMANDS, "doctor"):
        _run(folder, name, outcome)
    if "\n" in (said := (folder / "output.txt").read_text(errors="replace").strip()):
        outcome.problems.append(f"doctor still finds something: {said[:600]}")
    return outcome


def make_shop(folder: Path) -> None:
    """Write the export and the settings of a small shop."""
    import pyarrow.csv

    from clientela.data.demo import generate_demo

    pyarrow.csv.write_csv(generate_demo(customers=CUSTOMERS).transactions, folder / "shop.csv")
    conf = shutil.copytree(CONF, folder / "conf")
    demo = yaml.safe_load((conf / "datasets" / "demo.yaml").read_text(encoding="utf-8"))
    shop = {**demo, "name": "shop", "title": "A shop", "source": "shop.csv"}
    selection = yaml.safe_load((conf / "selection.yaml").read_text(encoding="utf-8"))
    lenient = {"stability": 0.3, "smallest_share": 0.01, "segment_count": [3, 10], "beats_baseline": False}
    churn = {**yaml.safe_load((conf / "churn.yaml").read_text(encoding="utf-8")), **CHURN}
    files = {**SMALL, "churn.yaml": churn, "datasets/shop.yaml": shop, "selection.yaml": {**selection, **lenient}}
    for file, content in files.items():
        (conf / file).write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")


def _start(folder: Path, arguments: tuple[str, ...]) -> multiprocessing.Process:
    process = FORKS.Process(target=call, args=(folder, arguments))
    process.start()
    return process


def call(folder: Path, arguments: tuple[str, ...]) -> None:
    """What a process does: run a command in the shop's folder, with its output in a file."""
    from clientela.cli import main as clientela

    _enter(folder)
    with (folder / "output.txt").open("w") as output:
        os.dup2(output.fileno(), 1)
        os.dup2(output.fileno(), 2)
        clientela(list(arguments))


def check(folder: Path, found: Path) -> None:
    """What a process does: write the problems of the registry to `found`, one a line."""
    from clientela import registry
    from clientela.churn.version import open_lookup as open_churn
    from clientela.insiders.version import open_lookup as open_insiders
    from clientela.segmentation.version import open_lookup

    _enter(folder)
    problems = []
    for model, opener in zip(MODELS, (open_lookup, open_insiders, open_churn), strict=True):
        try:
            version = registry.fetch(model)
            if version is None:
                problems.append(f"{model} has no champion")
            else:
                opener(version.files)
        except Exception as error:
            problems.append(f"the champion of {model} does not open: {error}")
    found.write_text("\n".join(problems))


def _enter(folder: Path) -> None:
    os.chdir(folder)
    os.environ["MLFLOW_TRACKING_URI"] = f"sqlite:///{folder}/mlflow.db"


def _run(folder: Path, name: str, outcome: Outcome) -> None:
    process = _start(folder, COMMANDS[name])
    process.join(600)
    allowed = {0, 2} if name.startswith(("promote", "rollback")) else {0}  # 2: it is the champion already
    if process.exitcode not in allowed:
        said = (folder / "output.txt").read_text(errors="replace").strip().splitlines()
        outcome.problems.append(f"{name} exited with {process.exitcode}: {' / '.join(said[-3:])[:600]}")


def _check(folder: Path) -> list[str]:
    found = folder / "problems.txt"
    found.unlink(missing_ok=True)
    process = FORKS.Process(target=check, args=(folder, found))
    process.start()
    process.join(600)
    problems = found.read_text().splitlines() if found.exists() else ["the check ended early"]
    for name in TABLES:
        path = folder / name
        if path.exists() and not path.read_bytes().endswith(b"\n"):
            problems.append(f"{name} is not whole")
    for name in REPORTS:
        if (folder / name).exists() and "</html>" not in (folder / name).read_text(encoding="utf-8"):
            problems.append(f"{name} is not whole")
    return problems + _of_database(folder / "out.db")


def _of_database(path: Path) -> list[str]:
    if not path.exists():
        return []
    with closing(sqlite3.connect(path)) as connection:
        (state,) = connection.execute("pragma integrity_check").fetchone()
        names = [name for (name,) in connection.execute("select name from sqlite_master where type = 'table'")]
        counts = [connection.execute(f"select count(*) from {name}").fetchone()[0] for name in names]
    whole = state == "ok" and names in ([], ["customer_segments"]) and all(counts)
    return [] if whole else [f"out.db is not whole: {state}, {names}, {counts}"]


if __name__ == "__main__":
    sys.exit(main())
