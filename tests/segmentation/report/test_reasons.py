"""The reasons of the choice, in the language of the report."""

import ast
import re
from pathlib import Path

import pytest

from clientela.reporting.words import Words, messages
from clientela.segmentation import clustering
from clientela.segmentation.clustering.reason import Reason
from clientela.segmentation.report.reasons import reason_text

ENGLISH, PORTUGUESE = (Words(language, book="segmentation") for language in ("en", "pt-BR"))
NEVER_SHOWN = {"within_limits"}  # replaced as soon as candidates are compared


def templates() -> dict[str, str]:
    """Code -> English sentence of every reason that the selection gives."""
    found = {}
    texts = [path.read_text(encoding="utf-8") for path in sorted(Path(clustering.__file__).parent.glob("*.py"))]
    for node in (node for text in texts for node in ast.walk(ast.parse(text))):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "Reason.of":
            code, template = (ast.literal_eval(argument) for argument in node.args)
            found[code] = template
    return found


def test_the_messages_are_the_reasons_of_the_selection():
    written = {code: re.sub(r":[^{}]*}", "}", text) for code, text in templates().items() if code not in NEVER_SHOWN}
    prefix = "segmentation.reasons."
    own = {k.removeprefix(prefix): v for k, v in messages("en", "segmentation").items() if k.startswith(prefix)}
    assert own == written


@pytest.mark.parametrize(
    "code, values, portuguese",
    [
        ("segment_count", {"count": 2, "fewest": 3, "most": 10}, "Tem 2 segmentos; a configuração pede de 3 a 10."),
        (
            "noise_share",
            {"share": 0.125, "limit": 0.05},
            "Deixa 12,5% dos clientes como ruído; o limite é 5,0%.",
        ),
        (
            "smallest_share",
            {"share": 0.005, "limit": 0.02},
            "O menor segmento tem 0,50% dos clientes; o limite é 2,00%.",
        ),
        ("stability", {"value": 0.61, "limit": 0.75}, "A estabilidade é 0,61; o limite é 0,75."),
        (
            "below_baseline",
            {"value": 0.12, "limit": 0.2},
            "Explica 0,120 do gasto do período seguinte; as regras RFM explicam 0,200.",
        ),
        ("baseline", {}, "As regras que uma segmentação precisa superar."),
        ("one_cluster", {}, "Não há o que separar: menos de dois grupos."),
        (
            "separation",
            {"value": 0.31, "within": 0.95, "best": 0.402},
            "A separação, 0,310, fica abaixo de 95% da melhor, 0,402.",
        ),
        (
            "explains_less",
            {"value": 0.2, "winner": "kmeans k=5", "best": 0.25},
            "Explica 0,200 do gasto do período seguinte; kmeans k=5 explica 0,250.",
        ),
        (
            "explains_as_much",
            {"winner": "kmeans k=5"},
            "Explica tanto do gasto do período seguinte quanto kmeans k=5, e não tem menos segmentos.",
        ),
        (
            "fewest_segments",
            {"candidates": 4},
            "Dos 4 finalistas, é o que tem menos segmentos; não há um período seguinte em que comparar o gasto deles.",
        ),
        (
            "explains_most",
            {"candidates": 4, "value": 0.25},
            "Dos 4 finalistas, explica 0,250 do gasto do período seguinte, o valor "
            "mais alto (dentro da tolerância) com o menor número de segmentos.",
        ),
        (
            "more_segments",
            {"winner": "kmeans k=5"},
            "kmeans k=5 tem menos segmentos, ou o mesmo número com mais estabilidade.",
        ),
    ],
)
def test_a_reason_in_the_language_of_the_report(code, values, portuguese):
    reason = Reason.of(code, templates()[code], **values)
    assert reason_text(reason, PORTUGUESE) == portuguese
    assert reason_text(reason, ENGLISH) == reason


def test_a_plain_text_stays_as_it_is():
    assert reason_text("Some other reason.", PORTUGUESE) == "Some other reason."
