"""The segments' model as the gate sees it."""

from pathlib import Path

from clientela import registry
from clientela.registry import Gate, Registered, Side, gates
from clientela.registry.probe import golden_request
from clientela.serving.index import PYFUNC, read_version
from clientela.settings import PromotionSettings, load_tracking
from clientela.workflows.kinds import Kind, Seen


def segments_kind(conf: Path) -> Kind:
    """How versions of the segments' model are judged."""
    return Kind(load_tracking(conf=conf).model, PYFUNC.read_text(encoding="utf-8"), _see, _compare, gates.no_champion())


def _see(found: Registered, files: Path) -> Seen:
    content = read_version(files)
    segment_of = content.customers.set_index("customer_id")["segment_id"]
    names = {segment["id"]: segment["name"]["en"] for segment in content.segments}
    return Seen(Side(found.number, found.tags, content.as_of, segment_of), golden_request(segment_of, names))


def _compare(challenger: Side, champion: Side, limits: PromotionSettings) -> list[Gate]:
    return gates.compare(
        challenger,
        champion,
        covers=limits.covers,
        worse_by=limits.worse_by.model_dump(),
        continued=limits.continued,
        least_overlap=limits.least_overlap,
        moved=limits.moved,
        redrawn=_redrawn(challenger, champion),
    )


def _redrawn(challenger: Side, champion: Side) -> float | None:
    if gates.have_same_clusters(challenger, champion):
        return 0.0
    if not gates.continues(challenger, champion):
        return None
    # Of all that a version's run has seen, its files keep only some figures: the run alone knows.
    return registry.run_metrics(challenger.tags.get("parent_run", "")).get("redrawn_share")
