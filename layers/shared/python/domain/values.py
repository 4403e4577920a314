"""Bases of the values that features share. Fields are camelCase in JSON."""

import msgspec


class Value(msgspec.Struct, frozen=True, rename="camel"):
    """A value that we write ourselves."""


class StrictValue(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """A value that callers send: an unknown field is refused."""
