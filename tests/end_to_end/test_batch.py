"""The registered model where nobody posts: in Python, by `mlflow models predict`, in Spark."""

import json
import shutil
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

KNOWN = "12346"  # the demo shop's first customer
MODEL = "models:/customer-segments@champion"
IN_PYTHON = f"""
import json, mlflow, pandas
asked = pandas.DataFrame({{"customer_id": ["{KNOWN}", "nobody", "{KNOWN}"]}})
print("answers:", json.dumps(mlflow.pyfunc.load_model("{MODEL}").predict(asked)))
"""
SPARK = Path(__file__).with_name("spark_answers.py")


@pytest.fixture(scope="module")
def segment(champion) -> str:
    """What the server says."""
    _, answer, _ = champion.post({"inputs": [KNOWN]})
    return answer["predictions"][0]["segment"]


def printed(text: str) -> list[dict[str, str | None]]:
    (line,) = (line for line in text.splitlines() if line.startswith("answers:"))
    return json.loads(line.removeprefix("answers:"))


def expected(segment: str, unknown: str | None = None) -> list[dict[str, str | None]]:
    return [
        {"customer_id": KNOWN, "segment": segment},
        {"customer_id": "nobody", "segment": unknown},
        {"customer_id": KNOWN, "segment": segment},
    ]


def test_in_python(run, segment):
    assert printed(run(sys.executable, "-c", IN_PYTHON).stdout) == expected(segment)


@pytest.mark.parametrize(("kind", "text"), [
    ("json", json.dumps({"dataframe_split": {"columns": ["customer_id"], "data": [[KNOWN], ["nobody"], [KNOWN]]}})),
    ("csv", f"customer_id\n{KNOWN}\nnobody\n{KNOWN}\n"),
])  # fmt: skip
def test_mlflow_models_predict(run, segment, tmp_path, kind, text):
    asked, answered = tmp_path / f"asked.{kind}", tmp_path / "answered.json"
    asked.write_text(text)
    run(
        "mlflow", "models", "predict", "-m", MODEL, "-i", str(asked), "-o", str(answered), "-t", kind,
        "--env-manager", "local",
    )  # fmt: skip
    assert json.loads(answered.read_text()) == {"predictions": expected(segment)}


@pytest.mark.skipif(find_spec("pyspark") is None, reason="pyspark is not installed: pip install -e '.[spark]'")
@pytest.mark.skipif(shutil.which("java") is None, reason="Spark needs Java, which is not installed")
def test_spark_udf(run, segment):
    # MLflow writes what is missing as the text nan: docs/api.md says so.
    assert printed(run(sys.executable, str(SPARK)).stdout) == expected(segment, unknown="nan")
