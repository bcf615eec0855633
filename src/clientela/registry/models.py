"""What each registered model is: its description, and the requests and answers that MLflow knows of."""

from collections.abc import Mapping, Sequence
from typing import Any

from mlflow.models import ModelSignature
from mlflow.types import ColSpec, DataType, ParamSchema, ParamSpec, Schema

MODEL_NOTE = """Maps customer ids to segments: `POST /invocations` with a column `customer_id`.

Aliases: `champion` is served, `challenger` is the newest version that is not, `previous` is what `rollback` brings
back."""

# The column is not required, so that a request without it reaches the model, which can say what to send.
SIGNATURE = ModelSignature(
    inputs=Schema([ColSpec(DataType.string, "customer_id", required=False)]),
    outputs=Schema([ColSpec(DataType.string, "customer_id"), ColSpec(DataType.string, "segment", required=False)]),
    params=ParamSchema([ParamSpec("detail", DataType.boolean, False)]),
)

INSIDERS_NOTE = """Says of customer ids whether they are members of the Insiders programme, which rule decides, how far
they are from it, and what to expect of them: `POST /invocations` with a column `customer_id`.

Aliases: `champion` is served, `challenger` is the newest version that is not."""
INSIDERS_SIGNATURE = ModelSignature(
    inputs=SIGNATURE.inputs,
    outputs=Schema(
        [
            ColSpec(DataType.string, "customer_id"),
            ColSpec(DataType.boolean, "member", required=False),
            ColSpec(DataType.string, "rule", required=False),
            ColSpec(DataType.double, "expected_value", required=False),
        ]
    ),
    params=SIGNATURE.params,
)

CHURN_NOTE = """Foretells which customers leave: `POST /invocations` with a column `customer_id`, or with raw features
of new customers.

Aliases: `champion` is served, `challenger` is the newest version that is not."""


def churn_signature(columns: Sequence[Mapping[str, Any]]) -> ModelSignature:
    """The churn model's: an id, or its features; none is required, so that the model can say what to send.

    Args:
        columns: name and kind ("number" or "category") of each feature.
    """
    types = {"number": DataType.double, "category": DataType.string}
    features = [ColSpec(types[column["kind"]], column["name"], required=False) for column in columns]
    answer = (("customer_id", DataType.string), ("probability", DataType.double), ("band", DataType.string))
    return ModelSignature(
        inputs=Schema([*SIGNATURE.inputs.inputs, *features]),
        outputs=Schema([ColSpec(kind, name, required=False) for name, kind in answer]),
        params=SIGNATURE.params,
    )
