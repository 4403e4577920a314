import tests.support.repeatable  # noqa: F401
