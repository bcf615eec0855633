"""Frozen settings, read from conf/: one model a file, unknown keys refused."""

from clientela.settings.base import LANGUAGES
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
from clientela.settings.dataset import FEATURES, CleaningRule, DatasetSettings, FitFeature
from clientela.settings.load import Settings, load_settings, load_tracking
from clientela.settings.naming import NamingSettings, SegmentRule

__all__ = [
    "FEATURES",
    "LANGUAGES",
    "AgglomerativeGrid",
    "CandidateSettings",
    "CleaningRule",
    "DatasetSettings",
    "DbscanGrid",
    "EvaluationSettings",
    "FeatureSettings",
    "FitFeature",
    "HdbscanGrid",
    "KMeansGrid",
    "MixtureGrid",
    "NamingSettings",
    "SegmentRule",
    "SelectionSettings",
    "Settings",
    "TrackingSettings",
    "load_settings",
    "load_tracking",
]
