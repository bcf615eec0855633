"""Seconds and peak memory of reading sources: objects, databases and files, beside pandas.read_sql.

    python benchmarks/sources.py ADDRESS ...

The table of docs/performance.md is of Online Retail twice. Each address is read in a process of its own, as a run
reads it: the rows go to DuckDB, with their number and digest. Servers and credentials are those of the environment
(docs/own-data.md). `--pandas` reads the databases with pandas.read_sql instead, which needs drivers of SQLAlchemy.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import time


def main() -> None:
    """Print a row of a Markdown table per address."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("addresses", nargs="+", metavar="ADDRESS")
    parser.add_argument("--pandas", action="store_true", help="read with pandas.read_sql instead")
    parser.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(measure(options.addresses[0], with_pandas=options.pandas)))
        return
    print("| source | rows | seconds | CPU seconds | peak memory |")
    print("|--------|-----:|--------:|------------:|------------:|")
    for address in options.addresses:
        command = [sys.executable, __file__, "--one", *(["--pandas"] if options.pandas else []), address]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        found = json.loads(done.stdout.splitlines()[-1])
        timed = f"{found['seconds']:.1f} | {found['cpu']:.1f}"
        print(f"| `{found['name']}` | {found['rows']:,} | {timed} | {found['megabytes']:,.0f} MB |")


def measure(address: str, *, with_pandas: bool) -> dict[str, object]:
    """Read one source in this process."""
    from clientela.data.database import open_database
    from clientela.data.readers import read_source
    from clientela.data.sources.addresses import scheme_of, short_name

    read_with_pandas(None) if with_pandas else None
    start, busy = time.perf_counter(), time.process_time()
    if with_pandas:
        rows = read_with_pandas(address)
    else:
        with open_database() as connection:
            rows = read_source(connection, address).rows
    seconds, cpu = time.perf_counter() - start, time.process_time() - busy
    used = resource.getrusage(resource.RUSAGE_SELF)
    peak = used.ru_maxrss / 1024
    name = f"{scheme_of(address) or 'file'}: {short_name(address)}"
    return {"name": name, "rows": rows, "seconds": seconds, "cpu": cpu, "megabytes": peak}


def read_with_pandas(address: str | None) -> int:
    """The number of rows that pandas.read_sql returns; None imports what it needs."""
    import pandas as pd
    import sqlalchemy

    from clientela.data.sources.addresses import database_of

    if address is None or (database := database_of(address)) is None:
        return 0
    drivers = {"postgresql": "postgresql+psycopg", "mysql": "mysql+pymysql", "sqlite": "sqlite", "duckdb": "duckdb"}
    password = os.environ.get("MYSQL_PWD") if database.engine == "mysql" else None
    url = sqlalchemy.URL.create(
        drivers[database.engine], database.user, password, database.host or None, database.port, database.database
    )
    with sqlalchemy.create_engine(url).connect() as connection:
        return len(pd.read_sql(f"select * from {database.table}", connection))


if __name__ == "__main__":
    main()
