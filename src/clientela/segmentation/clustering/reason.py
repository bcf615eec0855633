"""The reason of a verdict: a sentence in English that keeps its parts, so that a report can say it in its language."""

from string import Formatter
from typing import Self


class Reason(str):
    """A sentence in English, for the terminal, MLflow and the registry, with the parts that it was made from.

    Attributes:
        code: key of the sentence, the same in all languages.
        values: place -> (value, format specification of Python).

    Example:
        >>> reason = Reason.of("noise_share", "It leaves {share:.1%} as noise.", share=0.125)
        >>> reason, reason.code, reason.values
        ('It leaves 12.5% as noise.', 'noise_share', {'share': (0.125, '.1%')})
    """

    code: str
    values: dict[str, tuple[float | str, str]]

    @classmethod
    def of(cls, code: str, template: str, **values: float | str) -> Self:
        """Make a reason.

        Args:
            code: key of the sentence.
            template: sentence in English with a place per value.
            values: a number or a name per place.
        """
        reason = cls(template.format(**values))
        specs = {name: spec or "" for _, name, spec, _ in Formatter().parse(template) if name}
        reason.code = code
        reason.values = {name: (values[name], spec) for name, spec in specs.items()}
        return reason
