"""What the gateway answers."""

from typing import Annotated

import msgspec
from msgspec import Meta

from shared.http.decoding import Output


class PlatformHealth(Output, frozen=True):
    """Whether everything answers; `features` maps each feature to `ok` or `down`."""

    status: str
    features: dict[str, str]


class GatewaySettings(msgspec.Struct, frozen=True):
    """Where what no feature owns is forwarded to; nowhere when empty."""

    monolith_url: Annotated[str, Meta(pattern=r"^(https?://\S+)?$")] = ""
