"""The signature of a registered model: ids in, one answer per id out."""

from collections.abc import Mapping, Sequence

from mlflow.models import ModelSignature
from mlflow.types import ColSpec, DataType, ParamSchema, ParamSpec, Schema


def id_signature(answer: Mapping[str, DataType], *, features: Sequence[ColSpec] = ()) -> ModelSignature:
    """The signature of a model that takes customer ids, and a parameter `detail`.

    No input is required, so that a request without any reaches the model, which can say what to send.

    Args:
        answer: type of each field of an answer beside `customer_id`.
        features: inputs beside the ids.
    """
    return ModelSignature(
        inputs=Schema([ColSpec(DataType.string, "customer_id", required=False), *features]),
        outputs=Schema(
            [
                ColSpec(DataType.string, "customer_id"),
                *(ColSpec(kind, name, required=False) for name, kind in answer.items()),
            ]
        ),
        params=ParamSchema([ParamSpec("detail", DataType.boolean, False)]),
    )
