"""Personas of a data set: names of segments by what is known beyond purchases, such as visits and app events."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from clientela.settings.base import Frozen, Texts
from clientela.settings.claims import DAYS, IN_GAPS, IN_MEDIANS, Bounds, feature_of, places_of


class PersonaSettings(Frozen):
    """A name for segments whose customers meet the claims; it comes before the rules of conf/segment_names.yaml.

    The claims are on customer features or on the data set's own numeric features of the fit, with the same forms as in
    conf/segment_names.yaml.
    """

    id: Annotated[str, Field(pattern=r"^[a-z0-9_]+$")]
    claims: Annotated[dict[str, Bounds], Field(min_length=1)]
    name: Texts
    description: Texts
    action: Texts

    @property
    def claimed_features(self) -> set[str]:
        """The features that the claims bound."""
        return set(map(feature_of, self.claims))

    @model_validator(mode="after")
    def _bounds_each_feature_from_one_side(self) -> Self:
        sides = {(feature_of(figure), bounds[0] is None) for figure, bounds in self.claims.items()}
        if len(sides) > len(self.claimed_features):
            raise ValueError(f"the persona {self.id} must bound each feature from one side; got {sorted(self.claims)}")
        for figure in self.claims:
            if figure.endswith(IN_GAPS) and feature_of(figure) not in DAYS:
                raise ValueError(f"only {' and '.join(DAYS)} can be given in gaps; got {figure!r}")
        return self

    @model_validator(mode="after")
    def _texts_have_known_places(self) -> Self:
        known = {"gap", *self.claimed_features}
        known |= {f"median_{feature_of(figure)}" for figure in self.claims if figure.endswith(IN_MEDIANS)}
        for text in (*self.name.values(), *self.description.values(), *self.action.values()):
            if unknown := sorted(places_of(text) - known):
                raise ValueError(
                    f"the texts of the persona {self.id} have the places {unknown}; known: {sorted(known)}"
                )
        return self
