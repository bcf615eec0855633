"""Reads conf/. No other module does."""

from pathlib import Path
from typing import Any, Self, TypeVar

import yaml
from pydantic import BaseModel, ValidationError, model_validator

from clientela.errors import InvalidSettings
from clientela.settings.alerts import AlertSettings
from clientela.settings.base import Frozen
from clientela.settings.campaigns import CampaignSettings
from clientela.settings.churn import ChurnSettings
from clientela.settings.comparison import (
    CandidateSettings,
    EvaluationSettings,
    FeatureSettings,
    SelectionSettings,
    TrackingSettings,
)
from clientela.settings.dataset import DatasetSettings, FitFeature, check_features
from clientela.settings.forecast import ForecastSettings
from clientela.settings.insiders import InsidersSettings
from clientela.settings.mistakes import UniqueKeyLoader, describe_mistakes, yaml_mistake
from clientela.settings.monitoring import MonitoringSettings
from clientela.settings.naming import NamingSettings
from clientela.settings.privacy import PrivacySettings
from clientela.settings.promotion import PromotionSettings
from clientela.settings.quality import QualitySettings
from clientela.settings.reading import ReadingDefaults
from clientela.settings.renewal import RenewalSettings
from clientela.settings.segments import SegmentsSettings
from clientela.settings.server import ServerSettings

Model = TypeVar("Model", bound=BaseModel)


class Settings(Frozen):
    """All settings of a comparison."""

    dataset: DatasetSettings
    features: FeatureSettings
    candidates: CandidateSettings
    evaluation: EvaluationSettings
    selection: SelectionSettings
    tracking: TrackingSettings
    segment_names: NamingSettings
    segments: SegmentsSettings
    promotion: PromotionSettings
    insiders: InsidersSettings
    forecast: ForecastSettings

    @model_validator(mode="after")
    def _backtest_periods_are_over(self) -> Self:
        shortest, horizon = min(self.segments.backtest.days_back), self.evaluation.horizon_days
        if shortest < horizon:
            raise ValueError(
                "backtest.days_back in segments.yaml must be at least horizon_days in evaluation.yaml, or the period "
                f"after a cut-off is not over on the as-of date; got {shortest} and {horizon}"
            )
        return self

    @property
    def fit(self) -> dict[str, FitFeature]:
        """The features of the fit: those of the data set if it has any, otherwise the default ones.

        A table of customers without recency, frequency or spend has its attributes as default, if it has any.
        """
        if self.dataset.fit is None and not self.dataset.has_rfm and self.dataset.attributes:
            return {name: FitFeature(transform="auto") for name in self.dataset.attribute_columns}
        return self.dataset.fit or self.features.fit

    def dump(self) -> dict[str, Any]:
        """Settings as plain data, for logging."""
        return self.model_dump(mode="json")


def load_settings(dataset: str, *, conf: Path) -> Settings:
    """Read all of `conf`, with `dataset` a name in conf/datasets or the path of a YAML file.

    Raises:
        InvalidSettings: a file is missing, unreadable or invalid, or two files contradict each other.
    """
    parts = {
        name: _read(conf / f"{name}.yaml", field.annotation)  # type: ignore[arg-type]
        for name, field in Settings.model_fields.items()
        if name != "dataset"
    }
    try:
        return Settings(dataset=_load_dataset(dataset, conf), **parts)
    except ValidationError as error:
        raise InvalidSettings(f"{conf}: {'; '.join(item['msg'] for item in error.errors())}") from error


def load_tracking(*, conf: Path) -> TrackingSettings:
    """Read only the names in MLflow (what promote and rollback need)."""
    return _read(conf / "tracking.yaml", TrackingSettings)


def load_reading_defaults(*, conf: Path) -> ReadingDefaults:
    """Read only how sources are read by default."""
    return _read(conf / "reading.yaml", ReadingDefaults)


def with_quality_limits(dataset: DatasetSettings, *, conf: Path) -> DatasetSettings:
    """The data set with the limits of conf/quality.yaml, unless it has its own."""
    if dataset.quality.limits:
        return dataset
    limits = _read(conf / "quality.yaml", QualitySettings)
    return dataset.model_copy(update={"quality": dataset.quality.model_copy(update={"limits": limits})})


def load_privacy(*, conf: Path) -> PrivacySettings:
    """Read only how personal data are protected."""
    return _read(conf / "privacy.yaml", PrivacySettings)


def load_promotion(*, conf: Path) -> PromotionSettings:
    """Read only the limits of the gate."""
    return _read(conf / "promotion.yaml", PromotionSettings)


def load_insiders(*, conf: Path) -> InsidersSettings:
    """Read only the settings of the Insiders programme."""
    return _read(conf / "insiders.yaml", InsidersSettings)


def load_forecast(*, conf: Path) -> ForecastSettings:
    """Read only the settings of the forecast."""
    return _read(conf / "forecast.yaml", ForecastSettings)


def load_campaigns(*, conf: Path) -> CampaignSettings:
    """Read only the settings of campaigns."""
    return _read(conf / "campaigns.yaml", CampaignSettings)


def load_monitoring(*, conf: Path) -> MonitoringSettings:
    """Read only the settings of monitoring."""
    return _read(conf / "monitoring.yaml", MonitoringSettings)


def load_alerts(*, conf: Path) -> AlertSettings:
    """Read only the settings of alerts."""
    return _read(conf / "alerts.yaml", AlertSettings)


def load_renewal(*, conf: Path) -> RenewalSettings:
    """Read only the settings of the renewal."""
    return _read(conf / "renewal.yaml", RenewalSettings)


def load_server(*, conf: Path) -> ServerSettings:
    """Read the settings of the production server, which are not part of `Settings`."""
    return _read(conf / "server.yaml", ServerSettings)


def load_churn(dataset: str, *, conf: Path) -> tuple[DatasetSettings, ChurnSettings]:
    """Read the settings of a churn run: the data set, and conf/churn.yaml with the data set's own values.

    Raises:
        InvalidSettings: as `load_settings`.
    """
    settings, churn = _load_dataset(dataset, conf), _read(conf / "churn.yaml", ChurnSettings)
    own = settings.churn
    if own and own.window_days:
        churn = churn.model_copy(update={"label": churn.label.model_copy(update={"window_days": own.window_days})})
    if own and own.costs:
        churn = churn.model_copy(update={"costs": own.costs})
    return settings, churn


def load_churn_model(*, conf: Path) -> str:
    """Read only the name of the registered churn model."""
    return _read(conf / "churn.yaml", ChurnSettings).model


def _load_dataset(dataset: str, conf: Path) -> DatasetSettings:
    path = Path(dataset) if dataset.endswith((".yaml", ".yml")) else conf / "datasets" / f"{dataset}.yaml"
    if not path.is_file():
        known = ", ".join(sorted(file.stem for file in (conf / "datasets").glob("*.yaml")))
        raise InvalidSettings(
            f"The dataset parameter must be one of {known}, or the path of a YAML file. Got {dataset!r} instead."
        )
    settings = _read(path, DatasetSettings).with_defaults(_read(conf / "reading.yaml", ReadingDefaults))
    settings = with_quality_limits(settings, conf=conf)
    if settings.privacy is None:
        settings = settings.model_copy(update={"privacy": load_privacy(conf=conf)})
    if settings.fit is not None:
        try:
            check_features(settings.fit, own=settings.own_features)
        except ValueError as error:
            raise InvalidSettings(f"{path}: {error}") from error
    return settings


def _read(path: Path, model: type[Model]) -> Model:
    content = None
    try:
        # The loader is yaml.SafeLoader, which also refuses repeated keys.
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=UniqueKeyLoader)
        return model.model_validate(content)
    except OSError as error:
        raise InvalidSettings(f"{path}: cannot be read ({error.strerror}).") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise InvalidSettings(f"{path}: is not YAML ({yaml_mistake(error)}).") from error
    except ValidationError as error:
        raise InvalidSettings(f"{path}: {describe_mistakes(error, content, model)}") from error
