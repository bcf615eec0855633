import pytest

from clientela.reporting.words import Words
from clientela.segmentation.report.reasons import reason_text


@pytest.mark.parametrize(
    "english, portuguese",
    [
        ("It has 2 segments; the settings ask for 3 to 10.", "Tem 2 segmentos; a configuração pede de 3 a 10."),
        (
            "It leaves 12.5% of the customers as noise; the limit is 5.0%.",
            "Deixa 12,5% dos clientes como ruído; o limite é 5,0%.",
        ),
        (
            "Its smallest segment has 0.50% of the customers; the limit is 2.00%.",
            "O menor segmento tem 0,50% dos clientes; o limite é 2,00%.",
        ),
        ("Its stability is 0.61; the limit is 0.75.", "A estabilidade é 0,61; o limite é 0,75."),
        (
            "It explains 0.120 of next-period spend; the RFM rules explain 0.200.",
            "Explica 0,120 do gasto do período seguinte; as regras RFM explicam 0,200.",
        ),
        ("The rules that a clustering has to beat.", "As regras que uma segmentação precisa superar."),
        ("It has nothing to separate: fewer than two clusters.", "Não há o que separar: menos de dois grupos."),
        (
            "Separation 0.310 is below 95% of the best, 0.402.",
            "A separação, 0,310, fica abaixo de 95% da melhor, 0,402.",
        ),
        (
            "Explains 0.200 of next-period spend; kmeans k=5 explains 0.250.",
            "Explica 0,200 do gasto do período seguinte; kmeans k=5 explica 0,250.",
        ),
        (
            "Explains as much of next-period spend as kmeans k=5, with no fewer segments.",
            "Explica tanto do gasto do período seguinte quanto kmeans k=5, e não tem menos segmentos.",
        ),
        (
            "Of 4 well separated candidates within the limits it has the fewest segments; the history is too short for "
            "a next period.",
            "Dos 4 candidatos bem separados e dentro dos limites, é o que tem menos segmentos; o histórico é curto "
            "demais para um período seguinte.",
        ),
        (
            "Of 4 well separated candidates within the limits it explains 0.250 of next-period spend, the highest (up "
            "to the tolerance) with the fewest segments.",
            "Dos 4 candidatos bem separados e dentro dos limites, explica 0,250 do gasto do período seguinte, o valor "
            "mais alto (dentro da tolerância) com o menor número de segmentos.",
        ),
        (
            "kmeans k=5 has fewer segments, or as many that are more stable.",
            "kmeans k=5 tem menos segmentos, ou o mesmo número com mais estabilidade.",
        ),
        ("Some other reason.", "Some other reason."),
    ],
)
def test_a_reason_in_the_language_of_the_report(english, portuguese):
    assert reason_text(english, Words("pt-BR", book="segmentation")) == portuguese
    assert reason_text(english, Words("en", book="segmentation")) == english
