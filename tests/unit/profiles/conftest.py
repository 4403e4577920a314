"""Unit tests of the rules of profiles."""

import tests.support.repeatable  # noqa: F401
