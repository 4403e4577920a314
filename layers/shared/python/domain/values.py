"""Base structs of values that features share. Field names are camelCase in JSON."""

import msgspec


class Value(msgspec.Struct, frozen=True, rename="camel"):
    """A value that our code creates."""


class StrictValue(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """A value that callers send: unknown fields are refused."""
