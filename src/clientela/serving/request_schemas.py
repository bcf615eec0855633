"""JSON schemas of the bodies that the server accepts; their limits come from the settings."""

from typing import Any

ID: dict[str, Any] = {"type": ["string", "number", "null"], "description": 'Text or a number; 17850 is "17850".'}
FEATURE: dict[str, Any] = {"type": ["number", "string", "null"]}
DETAIL: dict[str, Any] = {"type": ["boolean", "null"], "default": False}
PARAMS: dict[str, Any] = {"type": ["object", "null"], "properties": {"detail": DETAIL}}


def csv_of(example: str) -> dict[str, Any]:
    """The body in CSV, with one id as its example."""
    return {"schema": {"type": "string"}, "example": f"customer_id\n{example}\n"}


def id_list(*, most: int) -> dict[str, Any]:
    """A list of at most `most` ids."""
    return {"type": "array", "items": ID, "minItems": 1, "maxItems": most}


def lookup(*, most: int) -> dict[str, Any]:
    """The body of `POST /customers:lookup` with at most `most` ids."""
    return {
        "type": "object",
        "required": ["ids"],
        "additionalProperties": False,
        "properties": {"ids": id_list(most=most), "detail": DETAIL},
    }


def forms_of_ids(*, most: int) -> dict[str, Any]:
    """MLflow's forms with at most `most` ids."""
    ids, limits = id_list(most=most), {"minItems": 1, "maxItems": most}
    # A record without an id is an unknown customer; if no record has an id, the request is refused.
    records = {
        "type": "array",
        "items": {"type": "object", "properties": {"customer_id": ID}},
        "contains": {"type": "object", "required": ["customer_id"]},
        **limits,
    }
    split = required_object(
        columns={"type": "array", "items": {"type": "string"}, "contains": {"const": "customer_id"}, "maxContains": 1},
        data={
            "type": "array",
            "items": {"type": "array", "minItems": 1},
            **limits,
            "description": "One row per customer, with one value per column.",
        },
    )
    values = {"anyOf": [ids, records, required_object(customer_id={"anyOf": [ids, ID]})]}
    contents = {"dataframe_split": split, "dataframe_records": records, "inputs": values, "instances": values}
    return {"oneOf": _forms(contents)}


def forms_of_features(*, most: int) -> list[dict[str, Any]]:
    """MLflow's forms with at most `most` rows of features; which features the model has, each version decides."""
    limits = {"minItems": 1, "maxItems": most}
    records = {
        "type": "array",
        "items": {"type": "object", "additionalProperties": FEATURE},
        **limits,
        "description": "Features of new customers by name; a customer_id among them is returned.",
    }
    split = required_object(
        columns={"type": "array", "items": {"type": "string"}, "minItems": 1},
        data={"type": "array", "items": {"type": "array", "items": FEATURE, "minItems": 1}, **limits},
    )
    return _forms(
        {"dataframe_records": records, "dataframe_split": split, "inputs": records, "instances": records},
    )


def required_object(**properties: dict[str, Any]) -> dict[str, Any]:
    """An object with these properties, all required."""
    return {"type": "object", "required": list(properties), "properties": properties}


def _forms(contents: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """One object per form; it excludes the other forms."""
    return [
        {
            "type": "object",
            "required": [form],
            "properties": {
                form: content,
                "params": PARAMS,
                **{other: {"not": {}} for other in contents if other != form},
            },
        }
        for form, content in contents.items()
    ]
