"""Responses of the gateway."""

from shared.http.decoding import Output


class PlatformHealth(Output, frozen=True):
    """The health of the platform.

    Attributes:
        status: `ok`: every feature answered. Example: ok
        features: State of each feature by its name, `ok` or `down`.
            Example: {"auth": "ok", "appointments": "ok"}
    """

    status: str
    features: dict[str, str]
