"""Keys of tokens: requests of operators, and responses."""

from typing import Annotated

from msgspec import Meta

from domain.types import Instant
from shared.http.decoding import Input, Output


class JsonWebKey(Output, frozen=True):
    """A public key (RFC 7517).

    Attributes:
        kty: Key type. Example: EC
        crv: Curve. Example: P-256
        x: First coordinate, base64url.
            Example: f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU
        y: Second coordinate, base64url.
            Example: x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0
        kid: Id of the key, its thumbprint (RFC 7638). Tokens name it in their header.
            Example: oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U
        use: What the key is for: signatures. Example: sig
    """

    kty: str
    crv: str
    x: str
    y: str
    kid: str
    use: str


class JsonWebKeySet(Output, frozen=True):
    """The public keys that verify access tokens (RFC 7517).

    Attributes:
        keys: The key that signs now, then those that signed before or will sign next.
    """

    keys: list[JsonWebKey]


class RotateKeysRequest(Input, frozen=True):
    """An operator's request to replace the keys of tokens.

    Attributes:
        notice_seconds: When the new keys take over. Before that, caches of the public keys must
            have expired: 15 minutes, if anybody but this API verifies tokens.
        leaked: End all other keys at once.
    """

    notice_seconds: Annotated[int, Meta(ge=5, le=3600)] = 1800
    leaked: bool = False


class RotatedKey(Output, frozen=True):
    """A new key.

    Attributes:
        id: Id of the key.
        starts_at: When it takes over.
    """

    id: str
    starts_at: Instant


class RotatedKeys(Output, frozen=True):
    """The new keys.

    Attributes:
        signing: The key that signs access tokens.
        sealing: The key that seals refresh tokens.
    """

    signing: RotatedKey
    sealing: RotatedKey
