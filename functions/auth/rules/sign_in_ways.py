"""Ways to sign in: what an account must keep."""

from auth.rules.errors import LastSignInWay


def require_one(
    *, has_password: bool, passkeys: int, identities: int, reads_its_mail: bool
) -> None:
    """Refuse a change that leaves an account without a way to sign in.

    Args:
        has_password: Whether a password is left.
        passkeys: How many passkeys are left.
        identities: How many identities at providers are left.
        reads_its_mail: Whether codes by mail are a way. They are one once a code was read at the
            account's address; what only a provider says of an address may end with the identity,
            as a relay address does.

    Raises:
        LastSignInWay: Nothing is left.
    """
    if not (has_password or passkeys or identities or reads_its_mail):
        raise LastSignInWay("Set a password first: POST /v1/auth/password/forgot.")
