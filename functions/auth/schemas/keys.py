"""Public keys: responses."""

from shared.http.decoding import Output


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
        keys: The key that signs now, then those that only verify.
    """

    keys: list[JsonWebKey]
