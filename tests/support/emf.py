"""The embedded metric format, as the CloudWatch user guide specifies it."""

from typing import Any

from jsonschema import Draft202012Validator

_UNITS = ("Seconds", "Milliseconds", "Bytes", "Percent", "Count", "None")
_NAME = {"type": "string", "minLength": 1, "maxLength": 255}
_METRIC = {
    "type": "object",
    "required": ["Name"],
    "properties": {"Name": _NAME, "Unit": {"enum": _UNITS}},
    "additionalProperties": False,
}
_DIRECTIVE = {
    "type": "object",
    "required": ["Namespace", "Dimensions", "Metrics"],
    "properties": {
        "Namespace": _NAME,
        "Dimensions": {
            "type": "array",
            "minItems": 1,
            "items": {"type": "array", "maxItems": 30, "items": _NAME},
        },
        "Metrics": {"type": "array", "minItems": 1, "maxItems": 100, "items": _METRIC},
    },
    "additionalProperties": False,
}
SCHEMA = {
    "type": "object",
    "required": ["_aws"],
    "properties": {
        "_aws": {
            "type": "object",
            "required": ["Timestamp", "CloudWatchMetrics"],
            "properties": {
                "Timestamp": {"type": "integer"},
                "CloudWatchMetrics": {"type": "array", "minItems": 1, "items": _DIRECTIVE},
            },
            "additionalProperties": False,
        }
    },
}

Metric = tuple[str, tuple[tuple[str, str], ...]]


def read(line: dict[str, Any]) -> dict[Metric, float]:
    """Return the metrics of a valid line: name and dimensions with their values.

    Raises:
        jsonschema.ValidationError: The line does not fit the schema.
        AssertionError: A metric is no number, or a dimension no text, at the root of the line.
    """
    Draft202012Validator(SCHEMA).validate(line)
    found: dict[Metric, float] = {}
    for directive in line["_aws"]["CloudWatchMetrics"]:
        for names in directive["Dimensions"]:
            for name in names:
                assert isinstance(line[name], str), name
                assert line[name], name
            dimensions = tuple((name, line[name]) for name in names)
            for metric in directive["Metrics"]:
                value = line[metric["Name"]]
                assert isinstance(value, int | float), metric
                found[metric["Name"], dimensions] = value
    return found


def failures(line: dict[str, Any]) -> float:
    """Return how many failures of its feature a line reports to the alarm."""
    if "_aws" not in line:
        return 0
    return read(line).get(("Failures", (("feature", line["feature"]),)), 0)
