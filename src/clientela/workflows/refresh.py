"""The refresh: the champion's clusters on newer figures, registered as a version with the same segments."""

from typing import Any

from clientela import tracking
from clientela.data.database import open_database
from clientela.dataset_privacy import privacy_of
from clientela.errors import InvalidInput
from clientela.loading import ShopData
from clientela.request import RunRequest
from clientela.segmentation.assignment import refresh_assignment
from clientela.segmentation.build_version import build_version, register_version
from clientela.segmentation.describe import Segmentation, describe_segments
from clientela.segmentation.log import customer_table, log_input, log_refresh, refresh_tags
from clientela.segmentation.registered import RegisteredVersion, require_version, with_ids_as_now
from clientela.segmentation.report import texts
from clientela.segmentation.report.data import Summary, summarise
from clientela.segmentation.version import SegmentsVersion
from clientela.settings import Settings, load_settings
from clientela.shop import load_shop
from clientela.workflows.champions import find_members


def refresh(request: RunRequest) -> dict[str, Any]:
    """Re-assign the customers with the champion's clusters and register the version; returns its summary.

    Raises:
        ClientelaError: of the kinds in `clientela.errors`, such as an as-of date before the champion's; a run that has
            begun is marked as failed.
    """
    settings = load_settings(request.dataset, conf=request.conf)
    found = require_version(settings.tracking.model, dataset=settings.dataset.name)
    champion = with_ids_as_now(found, privacy_of(settings.dataset).pseudonyms)
    with open_database(settings.dataset.memory_limit) as connection:
        data = load_shop(connection, settings, request)
        if data.as_of < champion.version.as_of:
            raise InvalidInput(
                f"The as-of date of a refresh must not precede the champion's, {champion.version.as_of}. "
                f"Got {data.as_of} instead."
            )
        name = f"{settings.dataset.name} {data.as_of} refresh"
        with tracking.open_run(settings.tracking.experiment, name=name, stage="refresh") as run_id:
            log_input(data, dataset=settings.dataset.name, context="refresh")
            segmentation = describe_segments(
                connection,
                data,
                refresh_assignment(data.features, champion),
                settings=settings,
                seed=request.seed,
            )
            summary = _summary(settings, data, segmentation, champion)
            version = _build_version(settings, data, segmentation, champion)
            log_refresh(summary, settings, data.ledger, customers=customer_table(version, settings))
            number, alias, example_ids = register_version(
                version,
                model=settings.tracking.model,
                run_id=run_id,
                note=texts.refresh_note(summary),
                tags=refresh_tags(summary, champion, run_id=run_id),
                hide_ids=settings.dataset.has_pseudonyms,
            )
    if segmentation.migration:
        request.echo(texts.migration_text(segmentation.migration, segmentation.segments))
    return {
        **summary,
        "model": settings.tracking.model,
        "version": number,
        "alias": alias,
        "example_ids": example_ids,
    }


def _summary(settings: Settings, data: ShopData, segmentation: Segmentation, champion: RegisteredVersion) -> Summary:
    return {
        **summarise(settings.dataset, data),
        "segments": segmentation.segments,
        "migration": segmentation.migration,
        "clustering": champion.clusters,
    }


def _build_version(
    settings: Settings, data: ShopData, segmentation: Segmentation, champion: RegisteredVersion
) -> SegmentsVersion:
    return build_version(
        segmentation,
        data.features,
        champion.version.clustering,
        as_of=data.as_of,
        currency=settings.dataset.currency,
        labels=settings.dataset.labels,
        members=find_members(
            settings.insiders.model,
            dataset=settings.dataset.name,
            pseudonyms=privacy_of(settings.dataset).pseudonyms,
        ),
        pseudonyms=data.pseudonyms,
    )
