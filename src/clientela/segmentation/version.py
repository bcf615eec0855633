"""Writes and reads a registered version: the customers with their segments, the segments' texts, the clustering."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
import pandas as pd
import pyarrow as pa
import skops.io
from mlflow.types import DataType
from skops.io.exceptions import UntrustedTypesFoundException

from clientela.contracts import CUSTOMER_FEATURES, SEGMENTS
from clientela.errors import RegistryError
from clientela.features.extra import with_indicators
from clientela.lookup.customer_index import read_arrow
from clientela.lookup.index_file import write_arrow, write_index
from clientela.lookup.limits import MAX_IDS_PER_REQUEST
from clientela.lookup.opening import open_lookup as open_files
from clientela.lookup.standalone import standalone
from clientela.pseudonyms import PseudonymCard
from clientela.registry.archives import check_archive
from clientela.registry.signatures import id_signature
from clientela.registry.versions import ModelSpec
from clientela.segmentation.model import SegmentLookup

MODEL = Path(__file__).with_name("model.py")
LOOKUP_FILES = {"segments": "segments.json", "customers": "customers.arrow", "index": "index.arrow"}
ABOUT = """Maps customer ids to segments: `POST /invocations` with a column `customer_id`.

Aliases: `champion` is served, `challenger` is the newest version that is not, `previous` is what `rollback` brings
back."""
FIGURES = SEGMENTS.names[3:]
TENURE = "tenure_days"  # column of the customers that says who is new
SINCE = "since"  # column of the customers: as-of date of the first version without a break in the segment
MEMBERSHIP = "insider"  # column of the customers if there is an Insiders programme: whether they are members
# Types of a clustering beyond those that skops trusts by default: they hold data, and run no code when loaded.
TRUSTED = [
    "clientela.features.rfm.RfmRules",
    "clientela.features.scaling.Winsorizer",
    "numpy.dtype",
    "sklearn.metrics._dist_metrics.EuclideanDistance64",
    "sklearn.neighbors._kd_tree.KDTree",
]


@dataclass(frozen=True)
class SegmentsVersion:
    """The content of a registered version.

    Attributes:
        as_of: as-of date of its features.
        customers: Segments contract, and the other features of the rules; `since`: as-of date of the first version
            that has the customer in this segment, without a break since; missing in versions of 0.1.0; `insider` where
            there is an Insiders programme: whether the customer is a member, None if the programme does not know the
            customer.
        segments: the segments, in order of value.
        rules: readable rules, by position.
        clustering: scaler, predictor, and the segment id of each label.
        last_id: highest segment id ever used, also by segments that are gone.
        new_customers: who is a new customer (`days` since the first order) and what to do with one (`action`, by
            language); None in versions of 0.1.0.
        currency: currency code of the amounts; empty if it is unknown.
        pseudonyms: key with which the ids of the customers were made; None for the shop's own ids.
    """

    as_of: date
    customers: pd.DataFrame
    segments: Sequence[Mapping[str, Any]]
    rules: Sequence[Mapping[str, Any]]
    clustering: Mapping[str, Any]
    last_id: int
    new_customers: Mapping[str, Any] | None = None
    currency: str = ""
    pseudonyms: PseudonymCard | None = None

    @property
    def figures(self) -> list[str]:
        """The figures that answers have."""
        keys = {*SEGMENTS.names, *CUSTOMER_FEATURES.names, SINCE, MEMBERSHIP}
        return figures_of_answers(self.customers, [name for name in self.customers if name not in keys])

    def assign(self, features: pd.DataFrame) -> np.ndarray:
        """Assign customers to this version's clusters.

        Args:
            features: CustomerFeatures contract.

        Returns:
            Segment id of each row (customers,).

        Raises:
            RegistryError: the features lack a column that the clustering was fitted to.
        """
        needed = list(self.clustering["scaler"].feature_names_in_)
        features = with_indicators(features, needed)
        if lacking := [name for name in needed if name not in features or features[name].isna().all()]:
            raise RegistryError(
                f"The version's clusters need the features {', '.join(lacking)}, which this source cannot fill."
            )
        labels = self.clustering["predictor"].predict(self.clustering["scaler"].transform(features[needed]))
        segment_id_of = self.clustering["segment_id_of"]
        return np.array([segment_id_of[label] for label in labels.tolist()], dtype=np.int32)


def figures_of_answers(customers: pd.DataFrame, fit: Iterable[str]) -> list[str]:
    """The figures that answers have: the same ones for every data set, and the columns of the fit that are its own.

    Args:
        customers: features of the customers, one row per customer.
        fit: columns of the fit; attributes and event features among them are figures, too.

    Returns:
        Names of columns. A table of customers may lack recency, frequency or spend, whose values are then missing.
    """
    own = [name for name in fit if name not in CUSTOMER_FEATURES.names]
    return [*FIGURES, *(name for name in own if name in customers)]


def open_lookup(folder: Path) -> SegmentLookup:
    """The lookup that answers for the version in `folder`; no code of the version is run.

    Raises:
        Exception: of many kinds; a file is missing or has another form.
    """
    return open_files(SegmentLookup(), {name: folder / file for name, file in LOOKUP_FILES.items()})


def version_code() -> str:
    """The code file of a version."""
    return standalone(MODEL)


def model_spec() -> ModelSpec:
    """Description, code and signature of the registered model."""
    return ModelSpec(ABOUT, version_code(), id_signature({"segment": DataType.string}))


def write_version(folder: Path, version: SegmentsVersion) -> dict[str, Path]:
    """Write a version's files.

    The same version gives the same bytes of customers and segments; the skops archive contains the time of writing.

    Args:
        folder: existing folder.
        version: the version.

    Returns:
        Artifact name -> path.

    Example:
        >>> paths = write_version(folder, version)  # doctest: +SKIP
        >>> read_version(folder).as_of == version.as_of  # doctest: +SKIP
        True
    """
    paths = {
        "customers": folder / "customers.arrow",
        "index": folder / "index.arrow",
        "segments": folder / "segments.json",
        "clustering": folder / "clustering.skops",
    }
    _write_customers(paths["customers"], version.customers)
    write_index(paths["index"], pa.array(version.customers["customer_id"], pa.string()))
    _write_card(paths["segments"], version)
    # skops runs no code when an archive is loaded.
    skops.io.dump(dict(version.clustering), paths["clustering"])
    return paths


def read_version(folder: Path) -> SegmentsVersion:
    """Read the files that `write_version` wrote.

    Args:
        folder: folder with the files.

    Returns:
        The version.

    Raises:
        RegistryError: a file is missing or malformed, or the clustering holds types that are not trusted.
    """
    try:
        card = json.loads((folder / "segments.json").read_text(encoding="utf-8"))
        customers = read_arrow(str(folder / "customers.arrow")).to_pandas()
        check_archive(folder / "clustering.skops")
        return SegmentsVersion(
            as_of=date.fromisoformat(card["as_of"]),
            customers=customers,
            segments=card["segments"],
            rules=card["rules"],
            clustering=skops.io.load(folder / "clustering.skops", trusted=TRUSTED),
            last_id=card["last_id"],
            new_customers=card.get("new_customers"),
            currency=card.get("currency", ""),
            pseudonyms=card.get("pseudonyms"),
        )
    except UntrustedTypesFoundException as error:
        raise RegistryError(f"The version's clustering must hold known types only. {error}") from error
    except (OSError, KeyError, TypeError, ValueError, BadZipFile, pa.ArrowInvalid) as error:
        raise RegistryError(
            f"The version must hold customers, segments and a clustering as this release writes them ({error}). "
            "A comparison (the main entry point) registers one that does."
        ) from error


def _write_customers(path: Path, customers: pd.DataFrame) -> None:
    keys = [("customer_id", pa.string()), ("segment_id", pa.int32()), ("rule", pa.int32())]
    types = {SINCE: pa.date32(), MEMBERSHIP: pa.bool_()}
    further = [name for name in customers.columns if name not in (*SEGMENTS.names, *types)]
    further += [name for name in types if name in customers.columns]
    schema = pa.schema([*keys, *((name, types.get(name, pa.float64())) for name in [*FIGURES, *further])])
    table = pa.Table.from_pandas(customers[schema.names], schema=schema, preserve_index=False)
    write_arrow(path, table.replace_schema_metadata(None))


def _write_card(path: Path, version: SegmentsVersion) -> None:
    card = {
        "as_of": version.as_of.isoformat(),
        "ids_a_request": MAX_IDS_PER_REQUEST,
        "figures": [*version.figures, *([MEMBERSHIP] if MEMBERSHIP in version.customers else [])],
        "last_id": version.last_id,
        "new_customers": version.new_customers,
        "currency": version.currency,
        "pseudonyms": version.pseudonyms,
        "segments": list(version.segments),
        "rules": list(version.rules),
    }
    path.write_text(json.dumps(card, ensure_ascii=False, indent=2, allow_nan=False), encoding="utf-8")
