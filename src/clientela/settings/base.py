"""The base of all settings models: frozen, without unknown keys, and with texts in every language."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from clientela.contracts import LANGUAGES

Share = Annotated[float, Field(ge=0, le=1)]


def _in_every_language(texts: dict[str, str]) -> dict[str, str]:
    if set(texts) != set(LANGUAGES):
        raise ValueError(f"a text must be there in {' and '.join(LANGUAGES)}; got {sorted(texts)}")
    return texts


Texts = Annotated[dict[str, str], AfterValidator(_in_every_language)]


class Frozen(BaseModel):
    """A frozen settings model that refuses unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")
