"""The last way to sign in to an account, which stays."""

from auth.identity_providers import configuration
from auth.rules import sign_in_ways
from auth.store import UserItem
from auth.store import identities as identities_store
from auth.store import passkeys as passkeys_store


def require_other(user: UserItem, *, passkey_id: str = "", provider: str = "") -> None:
    """Refuse to remove what is the only way to sign in.

    Whoever removes one builds the entry of the audit log first, and stores it with the removal: the
    removal of another way has an entry too, and lets this begin again.

    Args:
        user: The account.
        passkey_id: The passkey that is removed.
        provider: Or the identity provider that it is no longer linked to.

    Raises:
        LastSignInWay: It is the only way.
    """
    passkeys = passkeys_store.list_passkeys(user.user_id)
    linked = identities_store.list_identities(user)
    sign_in_ways.require_one(
        has_password=user.password_hash is not None,
        passkeys=sum(each.passkey_id != passkey_id for each in passkeys),
        identities=sum(
            each.provider != provider and configuration.find_provider(each.provider) is not None
            for each in linked
        ),
        reads_its_mail=not user.has_unread_address,
    )
