"""The refresh: the champion's clusters on newer figures, registered as a version with the same segments."""

from collections.abc import Mapping
from typing import Any

import duckdb
import pandas as pd
import yaml

from clientela import tracking
from clientela.errors import InvalidInput
from clientela.loading import ShopData, load_transactions
from clientela.reporting.charts import render, segment_map
from clientela.request import RunRequest
from clientela.segmentation.build_version import Registered, make_version, register_version, require_version
from clientela.segmentation.describe import Segmentation, carry_segments, describe_segments
from clientela.segmentation.report import console as texts
from clientela.segmentation.version import Version
from clientela.settings import Settings, load_settings
from clientela.workflows.champions import find_members

# What a version keeps of the comparison that found its clusters.
OF_THE_CLUSTERS = ("algorithm", "k", "silhouette", "davies_bouldin", "stability", "explained_spend")


def refresh(request: RunRequest) -> dict[str, Any]:
    """Re-assign the customers with the champion's clusters and register the version; returns its summary.

    Raises:
        ClientelaError: of the kinds in `clientela.errors`, such as an as-of date before the champion's; a run that has
            begun is marked as failed.
    """
    settings = load_settings(request.dataset, conf=request.conf)
    champion = require_version(settings.tracking.model, dataset=settings.dataset.name)
    with duckdb.connect() as connection:
        data = load_transactions(connection, settings.dataset, request)
        if data.as_of < champion.version.as_of:
            raise InvalidInput(
                f"The as-of date of a refresh must not lie before the champion's, {champion.version.as_of}. "
                f"Got {data.as_of} instead."
            )
        name = f"{settings.dataset.name} {data.as_of} refresh"
        with tracking.open_run(settings.tracking.experiment, name=name, stage="refresh") as run_id:
            tracking.log_dataset(
                data.features,
                name=settings.dataset.name,
                location=data.source.location,
                digest=data.source.digest,
                context="refresh",
            )
            segmentation = _assign(connection, settings, data, champion, seed=request.seed)
            version = _build_version(settings, data, segmentation, champion)
            summary = _summarise(settings, data, segmentation, champion)
            _log(summary, settings.dump(), data)
            registered, alias, example_ids = register_version(
                version,
                model=settings.tracking.model,
                run_id=run_id,
                note=texts.refresh_note(summary),
                tags=_tags(summary, champion.tags, run_id=run_id),
            )
    request.echo(texts.migration_text(segmentation.migration or {}, segmentation.segments))
    return summary | {
        "model": settings.tracking.model,
        "version": registered,
        "alias": alias,
        "example_ids": example_ids,
    }


def _assign(
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    data: ShopData,
    champion: Registered,
    *,
    seed: int,
) -> Segmentation:
    """The champion's segments, described by the customers of now."""
    scaler = champion.version.clustering["scaler"]
    columns = list(scaler.feature_names_in_)
    continued = carry_segments(data.features, previous=champion.version, number=champion.number)
    return describe_segments(
        connection,
        data.features,
        continued.ids,
        matrix=scaler.transform(data.features[columns]),
        columns=columns,
        continued=continued,
        attributes=data.attributes,
        dataset=settings.dataset,
        naming=settings.segment_names,
        settings=settings.segments,
        seed=seed,
    )


def _build_version(settings: Settings, data: ShopData, segmentation: Segmentation, champion: Registered) -> Version:
    return make_version(
        segmentation,
        data.features,
        champion.version.clustering,
        as_of=data.as_of,
        currency=settings.dataset.currency,
        members=find_members(settings.insiders.model, dataset=settings.dataset.name),
    )


def _summarise(settings: Settings, data: ShopData, segmentation: Segmentation, champion: Registered) -> dict[str, Any]:
    return {
        "dataset": settings.dataset.name,
        "title": settings.dataset.title,
        "currency": settings.dataset.currency,
        "digest": data.source.digest,
        "as_of": data.as_of.isoformat(),
        "customers": len(data.features),
        "segments": segmentation.segments,
        "migration": segmentation.migration,
        "clustering": _name_of(champion),
    }


def _name_of(champion: Registered) -> str:
    """The clusters' algorithm and the version that found them."""
    tags = champion.tags
    found_by = tags.get("clusters_of", champion.number)
    return (
        f"{tags.get('algorithm', 'clusters')} k={tags.get('k', len(champion.version.segments))} of version {found_by}"
    )


def _tags(summary: Mapping[str, Any], champion: Mapping[str, str], *, run_id: str) -> dict[str, str]:
    return {
        **{key: champion[key] for key in OF_THE_CLUSTERS if key in champion},
        **{key: str(summary[key]) for key in ("dataset", "digest", "as_of", "customers")},
        "change": "refresh",
        "continues": summary["migration"]["from_version"],
        "clusters_of": champion.get("clusters_of", summary["migration"]["from_version"]),
        "parent_run": run_id,
    }


def _log(summary: Mapping[str, Any], settings: Mapping[str, Any], data: ShopData) -> None:
    moves = summary["migration"]
    tracking.log_results(
        note=texts.refresh_note(summary),
        tags={key: summary[key] for key in ("dataset", "digest", "as_of")},
        metrics={"customers": float(summary["customers"]), "moved_share": moves["moved_share"]},
        tables={
            "ledger": data.ledger,
            "migration": pd.DataFrame(texts.migration_rows(moves, summary["segments"])),
        },
        texts={"settings.yaml": yaml.safe_dump(dict(settings), sort_keys=False, allow_unicode=True)},
        files={"segments.png": render(segment_map(summary["segments"], currency=summary["currency"]), dpi=110)},
    )
