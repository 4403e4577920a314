"""Names of the log groups of functions.

Lambda writes to `/aws/lambda/<function>`. Stacks, dashboards, saved queries and `make logs` take
the names from here and not from `infra.names`, which imports the CDK: that takes seconds.
"""

from collections.abc import Iterable

_LAMBDA = "/aws/lambda/"


def of_function(name: str) -> str:
    """Return the log group of a function, or what the log groups of several begin with.

    Args:
        name: Full name of the function, or what their names begin with.
    """
    return f"{_LAMBDA}{name}"


def of_functions(prefix: str, names: Iterable[str], ends: str | tuple[str, ...]) -> list[str]:
    """Return the log groups of those functions whose names end so.

    Args:
        prefix: Application and environment, as `artist-booking-prod`.
        names: Functions without the prefix, as `auth-api`.
        ends: One end of names, or several.
    """
    return [of_function(f"{prefix}-{name}") for name in names if name.endswith(ends)]
