"""The columns of an inspected table with their looks, and the choice of a column for a role."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from clientela.data.inspection.names import EXACT, SAME_WORDS, name_scores
from clientela.data.inspection.profile import Profile
from clientela.data.inspection.table import Table

CERTAIN = 0.99
NAMED = 0.5  # name score from which a header names a role
STRONGLY_NAMED = SAME_WORDS
RIVAL = 0.4  # what is left of a name score where the header names another role better
GENERIC = frozenset({"other_id"})  # roles whose words also occur in other roles' headers


@dataclass(frozen=True)
class Choice:
    """The column that was chosen for a role.

    Attributes:
        role: canonical column, or another role.
        source: header of the column.
        confidence: in [0, 1].
        reason: why, in words.
    """

    role: str
    source: str
    confidence: float
    reason: str


@dataclass
class Columns:
    """The columns of a table that can be chosen from.

    Attributes:
        table: the inspected table.
        taken: headers that have a role already.
    """

    table: Table
    taken: dict[str, str] = field(default_factory=dict)

    @cached_property
    def profiles(self) -> Mapping[str, Profile]:
        """Looks of all columns with values, by header, in the order of the source."""
        sample = self.table.sample
        rows = len(next(iter(sample.values())).codes) if sample else 0
        return {name: Profile(column, rows) for name, column in sample.items() if column.filled}

    def free(self) -> list[Profile]:
        """The columns without a role."""
        return [profile for name, profile in self.profiles.items() if name not in self.taken]

    def take(self, choice: Choice) -> Choice:
        """Give the column of a choice its role."""
        self.taken[choice.source] = choice.role
        return choice

    def named(self, name: str, role: str) -> float:
        """How well a header names a role, in [0, 1]; lower if it names another role better."""
        scores = name_scores(name)
        own = scores.get(role, 0.0)
        rival = max((score for other, score in scores.items() if other != role and other not in GENERIC), default=0.0)
        return own * RIVAL if rival > own else own

    def other_role(self, name: str, *roles: str) -> float:
        """How well a header names a role that is none of `roles`."""
        return max((score for role, score in name_scores(name).items() if role not in roles), default=0.0)

    def best_named(self, role: str, among: Iterable[Profile]) -> Profile | None:
        """The column whose header names the role best; the first of equals, None if no header names it."""
        best = max(among, key=lambda profile: self.named(profile.name, role), default=None)
        return best if best is not None and self.named(best.name, role) >= NAMED else None

    def by_name(self, profile: Profile, role: str, *, content: str = "", fits: float = 1.0) -> Choice:
        """The choice of a column by its header.

        Args:
            profile: look of the column.
            role: role that it gets.
            content: what its values say.
            fits: how well its values fit the role, in [0, 1].

        Returns:
            The choice; its confidence grows with both.
        """
        score = self.named(profile.name, role)
        certain = CERTAIN if score >= EXACT else 0.96 if score >= SAME_WORDS else 0.45 + 0.5 * score
        reason = f"the header names it{'; ' + content if content else ''}"
        return Choice(role, profile.name, round(certain * (0.5 + 0.5 * fits), 2), reason)

    def means(self, name: str, *roles: str) -> bool:
        """Whether a header certainly names one of these roles, and none of the others as well."""
        own = max((name_scores(name).get(role, 0.0) for role in roles), default=0.0)
        return own >= STRONGLY_NAMED and own >= self.other_role(name, *roles)
