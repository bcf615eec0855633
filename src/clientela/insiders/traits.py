"""Features in which the members differ most from the other customers."""

from dataclasses import asdict
from typing import Any, TypedDict

import numpy as np

from clientela.features.profile import profile_segments
from clientela.features.snapshot import Snapshot

MEMBERS, OTHERS = 1, 2


class Traits(TypedDict):
    """Profiles of the members and of the other customers (fields of `features.profile.Profile`)."""

    members: dict[str, Any]
    rest: dict[str, Any]


def member_traits(snapshot: Snapshot, member: np.ndarray) -> Traits:
    """Medians, quartiles, ranks and Cliff's deltas of every feature, of the members and of the other customers."""
    groups = np.where(member, MEMBERS, OTHERS).astype(np.int32)
    profiles = {profile.id: asdict(profile) for profile in profile_segments(snapshot.features, groups)}
    return {"members": profiles[MEMBERS], "rest": profiles[OTHERS]}
