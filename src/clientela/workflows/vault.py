"""The vault: a file outside of MLflow that leads from pseudonyms back to customer ids."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from clientela.data.database import open_database
from clientela.data.readers import read_source
from clientela.errors import InvalidInput
from clientela.exports import check_destination, whole_file, write_table
from clientela.exports.records import PRIVATE_FILE, Records
from clientela.exports.report_files import check_folder
from clientela.pseudonyms import PseudonymKeyError, Pseudonyms
from clientela.request import RunRequest
from clientela.settings import load_privacy, load_settings
from clientela.shop import load_shop


def write_vault(output: str, *, dataset: str, source: str | None, conf: Path) -> int:
    """Write the ids of a data set's customers with their pseudonyms to a Parquet file that only its owner can read.

    Args:
        output: path of the file.
        dataset: name of the data set.
        source: path of the data; None for the data set's own source.
        conf: settings folder.

    Returns:
        Number of customers.

    Raises:
        InvalidInput: the key is missing, or the file cannot be written.
        ClientelaError: the source cannot be read.
    """
    path, settings = Path(output), load_settings(dataset, conf=conf)
    if path.suffix != ".parquet":
        raise InvalidInput(f"The output parameter must be the path of a .parquet file. Got {output!r} instead.")
    check_folder("output", path)
    privacy = load_privacy(conf=conf)
    try:
        keyed = Pseudonyms.from_environment(privacy.key)
    except PseudonymKeyError as error:
        raise InvalidInput(str(error)) from error
    off = (settings.dataset.privacy or privacy).model_copy(update={"pseudonyms": False})
    own = settings.model_copy(update={"dataset": settings.dataset.model_copy(update={"privacy": off})})
    with open_database(settings.dataset.memory_limit) as connection:
        ids = load_shop(connection, own, RunRequest(dataset=dataset, conf=conf, source=source)).features["customer_id"]
    table = pa.table({"pseudonym": keyed.of_many(ids.tolist()), "customer_id": pa.array(ids.tolist(), pa.string())})
    with whole_file(path) as temporary:
        temporary.chmod(PRIVATE_FILE)
        pq.write_table(table.sort_by("pseudonym"), temporary, compression="zstd")
    Records(Path(privacy.records)).note_written(path.resolve())
    return table.num_rows


def look_up(path: str, pseudonyms: Sequence[str]) -> list[tuple[str, str | None]]:
    """The customer id of each pseudonym; None for one that is not in the vault.

    Raises:
        InvalidInput: the vault cannot be read, or no pseudonym is given.
    """
    if not pseudonyms:
        raise InvalidInput("At least one pseudonym must be given. Got none.")
    known = _read(path)
    return [(one, known.get(one)) for one in pseudonyms]


def reidentify(path: str, *, list_from: str, output: str, conf: Path) -> tuple[int, int]:
    """Write a list with customer ids instead of pseudonyms.

    Args:
        path: path of the vault.
        list_from: path of the list, with a column customer_id.
        output: path of the file, or URL of the table.
        conf: settings folder.

    Returns:
        Number of rows, and of those whose pseudonym is not in the vault.

    Raises:
        InvalidInput: the vault or the list cannot be read, or the output cannot be written.
    """
    check_destination(output)
    known = _read(path)
    with open_database() as connection:
        read_source(connection, list_from)
        rows: pd.DataFrame = connection.execute("select * from source").df()
    if "customer_id" not in rows:
        raise InvalidInput("The list must have a column customer_id. It has none.")
    ids = [known.get(str(one)) for one in rows["customer_id"]]
    named = rows.assign(customer_id=[id_ or own for id_, own in zip(ids, rows["customer_id"], strict=True)])
    shown = write_table(named, output)
    Records(Path(load_privacy(conf=conf).records)).note_written(shown)
    return len(rows), ids.count(None)


def _read(path: str) -> dict[str, str]:
    try:
        table = pq.read_table(path, columns=["pseudonym", "customer_id"])
    except (OSError, pa.ArrowException) as error:
        raise InvalidInput(f"The vault {path!r} must be a file that vault write has written.") from error
    return dict(zip(table["pseudonym"].to_pylist(), table["customer_id"].to_pylist(), strict=True))
