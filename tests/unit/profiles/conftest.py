"""Rules of profiles, without AWS."""

import tests.support.repeatable  # noqa: F401
