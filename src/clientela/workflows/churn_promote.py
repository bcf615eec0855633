"""Whether a version of the churn model may become champion: what the checks need, read and put to them."""

from datetime import date

from clientela import registry
from clientela.errors import RegistryError
from clientela.registry import Gate
from clientela.registry.churn_gates import ChurnGolden, ChurnSide, compare_churn, no_champion
from clientela.registry.probe import probe
from clientela.serving.churn_index import ChurnVersion, read_churn_version
from clientela.settings import PromotionSettings

ASKED = 4  # customers: those with the highest and with the lowest probabilities


def judge_churn(model: str, version: str, *, champion: str | None, limits: PromotionSettings) -> list[Gate]:
    """The results of all checks of a version; those against the champion are left out where nothing can be compared."""
    served, challenger = served_churn(model, version, limits)
    if challenger is None:
        return served
    if champion is None:
        return [*served, *no_champion()]
    try:
        against = _read(model, champion)[0]
    except RegistryError as error:
        sentence = f"The champion (version {champion}) cannot be read, so nothing can be compared. {error}"
        return [*served, Gate("comparable", False, sentence)]
    return served + compare_churn(challenger, against, worse_by=limits.churn_worse_by.model_dump())


def served_churn(model: str, version: str, limits: PromotionSettings) -> tuple[list[Gate], ChurnSide | None]:
    """Whether the version loads and answers, and the version; None where it cannot even be read."""
    try:
        side, content = _read(model, version)
    except RegistryError as error:
        return [Gate("loads", False, f"It must be readable; it is not. {error}")], None
    return probe(model, version, golden(content), seconds=limits.seconds_to_load), side


def golden(content: ChurnVersion) -> ChurnGolden:
    """The customers with the highest and the lowest probabilities, and an id that nobody has."""
    ordered = content.customers.sort_values(["probability", "customer_id"]).set_index("customer_id")["probability"]
    chosen = {**ordered.head(ASKED // 2), **ordered.tail(ASKED // 2)}
    unknown = "nobody"
    while unknown in ordered.index:
        unknown += "-"
    return ChurnGolden({str(id_): float(value) for id_, value in chosen.items()}, unknown)


def _read(model: str, version: str) -> tuple[ChurnSide, ChurnVersion]:
    found = registry.fetch(model, version=version)
    if found is None:
        raise RegistryError(f"The registry must hold version {version} of {model}; it does not any more.")
    content = read_churn_version(found.files)
    return ChurnSide(found.number, found.tags, date.fromisoformat(content.card["as_of"])), content
