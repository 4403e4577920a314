"""Responses of the gateway."""

from shared.http.decoding import Output


class PlatformHealth(Output, frozen=True):
    """The health of the platform.

    Attributes:
        status: `ok`: the gateway answers. Example: ok
        features: Empty. Each feature has a health route of its own. Example: {}
    """

    status: str
    features: dict[str, str]
