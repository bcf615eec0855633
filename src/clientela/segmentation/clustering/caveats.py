"""What a reader of the segments must know first: the limits that the chosen candidate misses, and what spend says."""

from collections.abc import Iterator, Sequence

from clientela.segmentation.clustering.continuing import CONTINUED
from clientela.segmentation.clustering.evaluation import Evaluation
from clientela.segmentation.clustering.limits import size_limits
from clientela.segmentation.clustering.reason import Reason
from clientela.segmentation.clustering.selection import BASELINE, Verdict, baseline_explained, chosen_position
from clientela.settings import SelectionSettings

FEW_RETURN = 0.1  # with fewer returning customers, there is hardly any repeat business


def caveats_of(
    evaluations: Sequence[Evaluation],
    verdicts: Sequence[Verdict],
    selection: SelectionSettings,
    *,
    is_predictable: bool,
    returning_share: float,
) -> list[Reason]:
    """The caveats of the chosen candidate, the most important first, each with the setting that would change it.

    Args:
        evaluations: all candidates.
        verdicts: their verdicts, with a winner or a fallback. Clusters that continue the champion's win without being
            held to all limits, so those that they miss are said, too.
        selection: limits of the choice.
        is_predictable: whether past behaviour predicts next-period spend.
        returning_share: share of the customers with two orders or more.

    Returns:
        One sentence each; empty if nothing is missing.
    """
    position = chosen_position(verdicts)
    chosen = evaluations[position]
    caveats = []
    if verdicts[position].verdict == "fallback" or chosen.candidate.algorithm == CONTINUED:
        if chosen.candidate.algorithm == BASELINE:
            caveats.append(_of_rules(evaluations, selection))
        elif size_limits(selection).broken_by(chosen.metrics) is not None:
            caveats.append(_of_sizes(selection))
        else:
            caveats += _of_missed_limits(chosen, evaluations, selection, is_predictable=is_predictable)
    if returning_share < FEW_RETURN:
        caveats.append(
            Reason.of(
                "caveat_one_time",
                "Only {share:.1%} of the customers came back, so there is hardly any repeat business to segment by: "
                "the segments say when and for how much customers bought.",
                share=returning_share,
            )
        )
    if not is_predictable:
        caveats.append(
            Reason.of(
                "caveat_unpredictable",
                "Past behaviour does not predict spend here, neither by segments nor by gradient boosting: the "
                "segments describe customers, and a longer horizon_days in conf/evaluation.yaml may show more.",
            )
        )
    return caveats


def _of_rules(evaluations: Sequence[Evaluation], selection: SelectionSettings) -> Reason:
    if all(evaluation.candidate.algorithm == BASELINE for evaluation in evaluations):
        return Reason.of(
            "caveat_alike",
            "Customers are alike in all features of the fit, so the segments are the RFM rules instead of a "
            "clustering; the fit in conf/features.yaml would change that with a feature in which they differ.",
        )
    fewest, most = selection.segment_count
    return Reason.of(
        "caveat_rules",
        "No clustering has {fewest} to {most} segments of a useful size, so the segments are the RFM rules, fixed "
        "groups by recency, orders and spend: treat the borders as soft (segment_count, smallest_share and "
        "noise_share in conf/selection.yaml).",
        fewest=fewest,
        most=most,
    )


def _of_sizes(selection: SelectionSettings) -> Reason:
    fewest, most = selection.segment_count
    return Reason.of(
        "caveat_sizes",
        "No clustering has {fewest} to {most} segments of a useful size, so these are only the nearest to that: "
        "treat them as a rough description (segment_count, smallest_share and noise_share in conf/selection.yaml).",
        fewest=fewest,
        most=most,
    )


def _of_missed_limits(
    chosen: Evaluation, evaluations: Sequence[Evaluation], selection: SelectionSettings, *, is_predictable: bool
) -> Iterator[Reason]:
    has_purchases = any(evaluation.candidate.algorithm == BASELINE for evaluation in evaluations)
    if chosen.metrics["stability"] < selection.stability and not has_purchases:
        yield Reason.of(
            "caveat_soft_features",
            "Customers differ little in the features of the fit, so treat the borders of the segments as soft: the "
            "stability is {value:.2f}, the limit is {limit:.2f} (stability in conf/selection.yaml).",
            value=chosen.metrics["stability"],
            limit=selection.stability,
        )
    elif chosen.metrics["stability"] < selection.stability:
        yield Reason.of(
            "caveat_soft",
            "Customers differ little in how they buy, so treat the borders of the segments as soft: the stability is "
            "{value:.2f}, the limit is {limit:.2f} (stability in conf/selection.yaml).",
            value=chosen.metrics["stability"],
            limit=selection.stability,
        )
    floor, explained = baseline_explained(evaluations), chosen.metrics.get("explained_spend")
    if floor is None or explained is None:
        return
    if selection.beats_baseline and is_predictable and explained < floor:
        yield Reason.of(
            "caveat_baseline",
            "The RFM rules predict spend better than these segments ({limit:.3f} of next-period spend explained "
            "instead of {value:.3f}), so use them to describe customers (beats_baseline in conf/selection.yaml).",
            value=explained,
            limit=floor,
        )
