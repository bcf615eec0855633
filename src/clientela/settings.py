"""Frozen settings, read from conf/: one model a file, unknown keys refused. The only module that reads conf/."""

import re
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeVar

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from clientela.contracts import CUSTOMER_FEATURES, TRANSACTIONS
from clientela.errors import InvalidSettings

Share = Annotated[float, Field(ge=0, le=1)]
Model = TypeVar("Model", bound=BaseModel)
FEATURES = CUSTOMER_FEATURES.names[1:]


LANGUAGES: tuple[Literal["en", "pt-BR"], ...] = ("en", "pt-BR")


def _in_every_language(texts: dict[str, str]) -> dict[str, str]:
    if set(texts) != set(LANGUAGES):
        raise ValueError(f"a text must be there in {' and '.join(LANGUAGES)}; got {sorted(texts)}")
    return texts


def _is_expression(code: str) -> str:
    try:
        re.compile(code)
    except re.error as error:
        raise ValueError(f"a code must be a regular expression ({error})") from None
    return code


Texts = Annotated[dict[str, str], AfterValidator(_in_every_language)]
# The columns that a rule reads beyond the two that every data set has.
RULE_COLUMNS = {
    "bad_debt": {"order_id"},
    "non_product": {"product_id"},
    "cancellation": {"order_id", "product_id", "quantity", "unit_price"},
    "bad_quantity": {"quantity"},
    "bad_price": {"unit_price"},
}


class Frozen(BaseModel):
    """A settings model that refuses unknown keys and never changes."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class CleaningRule(Frozen):
    """One named rule of the cleaning; `codes` are regular expressions that a product id must match in full."""

    rule: Literal[
        "unreadable_date",
        "missing_customer_id",
        "bad_debt",
        "duplicate",
        "non_product",
        "cancellation",
        "bad_quantity",
        "bad_price",
        "bad_amount",
    ]
    codes: tuple[Annotated[str, AfterValidator(_is_expression)], ...] = ()
    prefix: str = ""

    @model_validator(mode="after")
    def _looks_for_something(self) -> Self:
        if self.rule == "bad_debt" and not self.prefix:
            raise ValueError("the rule bad_debt needs a prefix, or it would take every row")
        if self.rule == "non_product" and not self.codes:
            raise ValueError("the rule non_product needs codes, or it would take no row")
        return self


class FitFeature(Frozen):
    """How the fit sees one feature: a transform, caps at two quantiles, a weight after standardising."""

    transform: Literal["none", "log", "yeo-johnson"] = "none"
    cap: tuple[Share, Share] = (0.01, 0.99)
    weight: Annotated[float, Field(gt=0)] = 1.0

    @model_validator(mode="after")
    def _caps_in_order(self) -> Self:
        if self.cap[0] >= self.cap[1]:
            raise ValueError(f"cap must be two rising quantiles; got {self.cap}")
        return self


class DatasetSettings(Frozen):
    """conf/datasets/*.yaml: where a data set lies, which column is what, which rules clean it."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9_\-]+$")]
    title: str
    source: str | None = None
    homepage: str = ""
    licence: str = ""
    currency: str = ""
    columns: dict[str, str]
    timestamp_format: str | None = None
    cleaning: tuple[CleaningRule, ...]
    fit: dict[str, FitFeature] | None = None

    @model_validator(mode="after")
    def _columns_are_canonical(self) -> Self:
        known = set(TRANSACTIONS.names) - {"line_id"}
        if unknown := set(self.columns) - known:
            raise ValueError(f"columns maps {sorted(unknown)}; the canonical columns are {sorted(known)}")
        if missing := {"customer_id", "ordered_at"} - set(self.columns):
            raise ValueError(f"columns must map {sorted(missing)}")
        if "amount" not in self.columns and not {"quantity", "unit_price"} <= set(self.columns):
            raise ValueError("columns must map amount, or quantity and unit_price")
        return self

    @model_validator(mode="after")
    def _cleaning_keeps_the_contract(self) -> Self:
        listed = [rule.rule for rule in self.cleaning]
        if twice := sorted({rule for rule in listed if listed.count(rule) > 1}):
            raise ValueError(f"cleaning must list a rule once; {twice} occur more than once")
        needed = {"unreadable_date", "missing_customer_id"}
        needed |= {"bad_amount"} if "amount" in self.columns else {"bad_quantity", "bad_price"}
        if missing := needed - set(listed):
            raise ValueError(f"cleaning must list {sorted(missing)}, or the transactions would break their contract")
        for rule in self.cleaning:
            if lacking := RULE_COLUMNS.get(rule.rule, set()) - set(self.columns):
                raise ValueError(f"the rule {rule.rule} needs the columns {sorted(lacking)}")
        return self


class FeatureSettings(Frozen):
    """conf/features.yaml: which features the fit uses and how."""

    fit: dict[str, FitFeature]

    @model_validator(mode="after")
    def _features_exist(self) -> Self:
        check_features(self.fit)
        return self


class KMeansGrid(Frozen):
    """K-means at every k, each with `n_init` starts."""

    k: tuple[int, ...]
    n_init: Annotated[int, Field(ge=1)] = 10


class MixtureGrid(Frozen):
    """Gaussian mixtures at every k and covariance type."""

    k: tuple[int, ...]
    covariance_type: tuple[Literal["full", "tied", "diag", "spherical"], ...]
    n_init: Annotated[int, Field(ge=1)] = 1


class AgglomerativeGrid(Frozen):
    """Agglomerative clustering: a tree a linkage, cut at every k."""

    k: tuple[int, ...]
    linkage: tuple[Literal["ward", "average", "complete"], ...]


class HdbscanGrid(Frozen):
    """HDBSCAN over smallest cluster sizes, as shares of the customers."""

    min_cluster_share: tuple[Share, ...]


class DbscanGrid(Frozen):
    """DBSCAN over neighbourhoods: eps is that quantile of the distances to the `min_samples`-th neighbour."""

    eps_quantile: tuple[Share, ...]
    min_samples: Annotated[int, Field(ge=2)] = 10


class CandidateSettings(Frozen):
    """conf/candidates.yaml: the grids; a family that is left out is not tried."""

    kmeans: KMeansGrid | None = None
    gaussian_mixture: MixtureGrid | None = None
    agglomerative: AgglomerativeGrid | None = None
    hdbscan: HdbscanGrid | None = None
    dbscan: DbscanGrid | None = None


class EvaluationSettings(Frozen):
    """conf/evaluation.yaml: how candidates are scored."""

    bootstraps: Annotated[int, Field(ge=2)]
    sample: Annotated[int, Field(ge=100)]
    horizon_days: Annotated[int, Field(ge=1)]
    folds: Annotated[int, Field(ge=2)]
    jobs: int = -1


class SelectionSettings(Frozen):
    """conf/selection.yaml: hard limits, then separation, then next-period spend."""

    segment_count: tuple[int, int]
    smallest_share: Share
    noise_share: Share
    stability: Share
    beats_baseline: bool
    separation_within: Share
    explained_tolerance: Share

    @model_validator(mode="after")
    def _counts_rise(self) -> Self:
        if not 2 <= self.segment_count[0] <= self.segment_count[1]:
            raise ValueError(f"segment_count must be two rising numbers from 2 on; got {self.segment_count}")
        return self


class TrackingSettings(Frozen):
    """conf/tracking.yaml: names in MLflow and the columns of the ready leaderboard."""

    experiment: str
    model: str
    leaderboard: tuple[str, ...]


class SegmentRule(Frozen):
    """One naming rule: bounds on named quantities in [0, 1], and the texts in each language."""

    id: Annotated[str, Field(pattern=r"^[a-z0-9_]+$")]
    when: dict[str, tuple[Share, Share]]
    name: Texts
    description: Texts
    action: Texts


class NamingSettings(Frozen):
    """conf/segment_names.yaml: ordered rules, the first that fits names the segment."""

    rules: tuple[SegmentRule, ...]

    @model_validator(mode="after")
    def _names_are_unique(self) -> Self:
        for kind, values in {
            "ids": [rule.id for rule in self.rules],
            **{f"names in {language}": [rule.name[language] for rule in self.rules] for language in LANGUAGES},
        }.items():
            if twice := sorted({value for value in values if values.count(value) > 1}):
                raise ValueError(f"the rules must have different {kind}; {twice} occur more than once")
        return self


class Settings(Frozen):
    """Everything that a comparison needs, read once."""

    dataset: DatasetSettings
    features: FeatureSettings
    candidates: CandidateSettings
    evaluation: EvaluationSettings
    selection: SelectionSettings
    tracking: TrackingSettings
    segment_names: NamingSettings

    @property
    def fit(self) -> dict[str, FitFeature]:
        """The features of the fit: the data set's own choice where it has one."""
        return self.dataset.fit or self.features.fit

    def dump(self) -> dict[str, Any]:
        """Settings as plain data, for logging."""
        return self.model_dump(mode="json")


def check_features(fit: dict[str, FitFeature]) -> None:
    """Raise ValueError where `fit` is empty or names a feature that the contract does not have."""
    if not fit:
        raise ValueError("fit must name at least one feature")
    if unknown := sorted(set(fit) - set(FEATURES)):
        raise ValueError(f"fit names {unknown}; the features are {sorted(FEATURES)}")


def load_settings(dataset: str, *, conf: Path) -> Settings:
    """Read all of `conf`, with `dataset` a name in conf/datasets or the path of a YAML file.

    Raises:
        InvalidSettings: a file is missing or unreadable, or has a key or value that is refused.
    """
    parts = {
        name: _read(conf / f"{name}.yaml", field.annotation)  # type: ignore[arg-type]
        for name, field in Settings.model_fields.items()
        if name != "dataset"
    }
    return Settings(dataset=_load_dataset(dataset, conf), **parts)


def load_tracking(*, conf: Path) -> TrackingSettings:
    """Read only the names in MLflow (what promote and rollback need)."""
    return _read(conf / "tracking.yaml", TrackingSettings)


def _load_dataset(dataset: str, conf: Path) -> DatasetSettings:
    path = Path(dataset) if dataset.endswith((".yaml", ".yml")) else conf / "datasets" / f"{dataset}.yaml"
    if not path.is_file():
        known = ", ".join(sorted(file.stem for file in (conf / "datasets").glob("*.yaml")))
        raise InvalidSettings(
            f"The dataset parameter must be one of {known}, or the path of a YAML file. Got {dataset!r} instead."
        )
    settings = _read(path, DatasetSettings)
    if settings.fit is not None:
        try:
            check_features(settings.fit)
        except ValueError as error:
            raise InvalidSettings(f"{path}: {error}") from error
    return settings


def _read(path: Path, model: type[Model]) -> Model:
    try:
        return model.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise InvalidSettings(f"{path}: cannot be read ({error.strerror}).") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise InvalidSettings(f"{path}: is not YAML ({' '.join(str(error).split())}).") from error
    except ValidationError as error:
        raise InvalidSettings(f"{path}: {_in_one_line(error)}") from error


def _in_one_line(error: ValidationError) -> str:
    return "; ".join(
        f"{'.'.join(str(step) for step in item['loc']) or 'the file'}: {item['msg']} (got {item['input']!r:.80})"
        for item in error.errors()
    )
