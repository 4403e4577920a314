"""Terms of the keys that sign access tokens and seal refresh tokens.

Time is divided into terms of equal length, and each has a key of its own, which every container
makes out to be the same one. A key is made before its term (`NOTICE`), so that everybody who
caches the public keys knows it when it begins to sign, and is honoured after its term for as long
as what it signed or sealed may live (`Schedule.overlap`). An operator can put a new key into the
middle of a term; from then on it is the key of the rest.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from enum import StrEnum

import msgspec

# The key set may be cached for 15 minutes (`max-age`), and containers read the keys every few
# seconds; the rest is for clocks and for caches that are late.
NOTICE = timedelta(minutes=30)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Kind(StrEnum):
    """What a key is for."""

    SIGNING = "signing"
    SEALING = "sealing"


class Schedule(msgspec.Struct, frozen=True):
    """For how long keys of a kind are used, and honoured after that."""

    term: timedelta
    overlap: timedelta


SCHEDULES = {
    # An access token lives for 15 minutes. The rest is leeway.
    Kind.SIGNING: Schedule(term=timedelta(hours=2), overlap=timedelta(minutes=20)),
    # A refresh token works for 30 days, if it is not exchanged before.
    Kind.SEALING: Schedule(term=timedelta(days=30), overlap=timedelta(days=31)),
}


class TokenKey(msgspec.Struct, frozen=True):
    """A key as it is stored, without the secret.

    Attributes:
        kind: What it is for.
        id: Its id: of a signing key its `kid`.
        starts_at: When it begins to sign or seal.
        ends_at: When the next term begins.
        honoured_until: When nothing that it signed or sealed is valid any more.
        certificate: What the root key states about a signing key; empty for a sealing key.
        sealed_key: Private half of a signing key, encrypted; empty for a sealing key.
    """

    kind: Kind
    id: str
    starts_at: datetime
    ends_at: datetime
    honoured_until: datetime
    certificate: str = ""
    sealed_key: bytes = b""

    @property
    def label(self) -> str:
        """What its secret is derived from: with another id or time it would be another secret."""
        times = (self.starts_at, self.ends_at, self.honoured_until)
        return " ".join([self.kind, self.id, *(f"{time.timestamp():.0f}" for time in times)])


def new_key(kind: Kind, key_id: str, starts_at: datetime) -> TokenKey:
    """Return a key for the rest of the term that it starts in."""
    ends_at = _start_of_term(kind, starts_at) + SCHEDULES[kind].term
    return TokenKey(kind, key_id, starts_at, ends_at, ends_at + SCHEDULES[kind].overlap)


def find_current(keys: Sequence[TokenKey], kind: Kind, now: datetime) -> TokenKey | None:
    """Return the key that signs or seals now: of those whose time it is, the latest."""
    active = [key for key in keys if key.kind is kind and key.starts_at <= now < key.ends_at]
    return max(active, key=lambda key: key.starts_at, default=None)


def find_gap(keys: Sequence[TokenKey], kind: Kind, now: datetime) -> datetime | None:
    """Return the start of a term that needs a key by now and has none; None if there is none.

    Those are the current term, and from `NOTICE` before its start the next one.
    """
    for instant in (now, now + NOTICE):
        if find_current(keys, kind, instant) is None:
            return _start_of_term(kind, instant)
    return None


def _start_of_term(kind: Kind, instant: datetime) -> datetime:
    term = SCHEDULES[kind].term
    return _EPOCH + (instant - _EPOCH) // term * term
