"""Identities: who providers say that the owner of an account is."""

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256

import msgspec

from auth.rules.errors import IdentityTaken
from domain import impersonation, text

MAX_IDENTITIES = 5  # of an account
MAX_NAME_CHARACTERS = 100


class LinkedIdentity(msgspec.Struct, frozen=True, rename="camel"):
    """An identity of an account.

    Attributes:
        provider: Id of the provider.
        key: What it is found by.
        linked_at: When it was linked.
    """

    provider: str
    key: str
    linked_at: datetime


def compute_key(issuer: str, subject: str) -> str:
    """Return what an identity is found by: a hash of issuer and subject, and of nothing else.

    An address is not part of it, because it may become another person's.
    """
    return sha256(f"{len(issuer)} {issuer} {subject}".encode()).hexdigest()


def choose_name(*candidates: str | None) -> str | None:
    """Return the first name that can be shown and passes for nobody else, on one short line."""
    for candidate in candidates:
        name = " ".join(text.clean(candidate or "").split())[:MAX_NAME_CHARACTERS].strip()
        if not text.is_invisible(name) and not impersonation.passes_for_others(name):
            return name
    return None


def add(identities: Sequence[LinkedIdentity], added: LinkedIdentity) -> list[LinkedIdentity]:
    """Return the identities of an account with another one.

    Raises:
        IdentityTaken: The account has one of this provider, or as many as it can have.
    """
    if any(each.provider == added.provider for each in identities):
        raise IdentityTaken("Your account is linked to another one at this provider.")
    if len(identities) >= MAX_IDENTITIES:
        raise IdentityTaken(f"An account is linked to at most {MAX_IDENTITIES} others.")
    return [*identities, added]


def remove(identities: Sequence[LinkedIdentity], provider: str) -> list[LinkedIdentity]:
    """Return the identities of an account without that of a provider."""
    return [each for each in identities if each.provider != provider]
