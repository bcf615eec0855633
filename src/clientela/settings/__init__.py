"""Frozen settings, read from conf/: one model per file. Unknown keys are refused."""

from clientela.settings.alerts import AlertSettings
from clientela.settings.attributes import AttributeColumn, AttributeSettings, CustomerTableSettings
from clientela.settings.campaigns import CampaignSettings, HoldoutSettings
from clientela.settings.churn import (
    BandSettings,
    ChurnModels,
    ChurnOfDataset,
    ChurnSettings,
    CostSettings,
    LeakageSettings,
)
from clientela.settings.cleaning import CleaningRule
from clientela.settings.comparison import (
    AgglomerativeGrid,
    CandidateSettings,
    DbscanGrid,
    EvaluationSettings,
    FeatureSettings,
    HdbscanGrid,
    KMeansGrid,
    MixtureGrid,
    SelectionSettings,
    TrackingSettings,
)
from clientela.settings.contact import ContactSettings
from clientela.settings.dataset import FEATURES, DatasetSettings, FitFeature
from clientela.settings.forecast import ForecastSettings
from clientela.settings.insiders import InsidersSettings
from clientela.settings.load import (
    Settings,
    load_alerts,
    load_campaigns,
    load_churn,
    load_churn_model,
    load_forecast,
    load_insiders,
    load_monitoring,
    load_privacy,
    load_promotion,
    load_reading_defaults,
    load_renewal,
    load_server,
    load_settings,
    load_tracking,
    with_quality_limits,
)
from clientela.settings.monitoring import MonitoringSettings
from clientela.settings.naming import NamingSettings, SegmentRule
from clientela.settings.privacy import PrivacySettings
from clientela.settings.promotion import MetricTolerances, PromotionSettings
from clientela.settings.quality import QualityOfDataset, QualitySettings
from clientela.settings.reading import GlobSource, JoinSettings, ReadingDefaults, ReadingSettings
from clientela.settings.renewal import RenewalSettings
from clientela.settings.segments import (
    BacktestSettings,
    ContinuitySettings,
    RecognitionSettings,
    RuleSettings,
    SegmentReportSettings,
    SegmentsSettings,
)
from clientela.settings.server import KeySettings, LimitSettings, LogSettings, PageSettings, ServerSettings
from clientela.settings.sources import EventFeatureSettings, EventSourceSettings

__all__ = [
    "FEATURES",
    "AgglomerativeGrid",
    "AlertSettings",
    "AttributeColumn",
    "AttributeSettings",
    "BacktestSettings",
    "BandSettings",
    "CampaignSettings",
    "CandidateSettings",
    "ChurnModels",
    "ChurnOfDataset",
    "ChurnSettings",
    "CleaningRule",
    "ContactSettings",
    "ContinuitySettings",
    "CostSettings",
    "CustomerTableSettings",
    "DatasetSettings",
    "DbscanGrid",
    "EvaluationSettings",
    "EventFeatureSettings",
    "EventSourceSettings",
    "FeatureSettings",
    "FitFeature",
    "ForecastSettings",
    "GlobSource",
    "HdbscanGrid",
    "HoldoutSettings",
    "InsidersSettings",
    "JoinSettings",
    "KMeansGrid",
    "KeySettings",
    "LeakageSettings",
    "LimitSettings",
    "LogSettings",
    "MetricTolerances",
    "MixtureGrid",
    "MonitoringSettings",
    "NamingSettings",
    "PageSettings",
    "PrivacySettings",
    "PromotionSettings",
    "QualityOfDataset",
    "QualitySettings",
    "ReadingDefaults",
    "ReadingSettings",
    "RecognitionSettings",
    "RenewalSettings",
    "RuleSettings",
    "SegmentReportSettings",
    "SegmentRule",
    "SegmentsSettings",
    "SelectionSettings",
    "ServerSettings",
    "Settings",
    "TrackingSettings",
    "load_alerts",
    "load_campaigns",
    "load_churn",
    "load_churn_model",
    "load_forecast",
    "load_insiders",
    "load_monitoring",
    "load_privacy",
    "load_promotion",
    "load_reading_defaults",
    "load_renewal",
    "load_server",
    "load_settings",
    "load_tracking",
    "with_quality_limits",
]
