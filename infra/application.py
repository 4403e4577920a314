"""Name of the application, and what follows from it.

Imports nothing: `infra.local.preflight` reads it before anything is installed.
"""

APPLICATION = "artist-booking"
REGION = "us-east-1"


def prefix_of(environment: str) -> str:
    """Return the prefix of the names of all resources in an environment."""
    return f"{APPLICATION}-{environment}"
