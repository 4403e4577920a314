"""Audit log of an account: a hash chain of what happened to it.

The hash of each entry covers its statement, and the statement contains the hash of the entry before
it. So no entry can be changed, removed or inserted without breaking every later hash.

Failed sign-ins are no entries of their own, or an attacker could let a log grow without end. They
are counted, and each entry states how many there had been by then.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256

import msgspec

GENESIS = "0" * 64  # stands in the first entry for the hash of the entry before it
KEPT_FOR = timedelta(days=2 * 365)
# After the account was deleted: so long can a deletion by somebody else be investigated.
KEPT_AFTER_DELETION = timedelta(days=90)
MAX_DEVICE_LENGTH = 256


class AuditAction(StrEnum):
    """What happened to an account."""

    ACCOUNT_CREATED = "account_created"
    ACCOUNT_DELETED = "account_deleted"
    SIGNED_IN = "signed_in"
    SIGNED_OUT = "signed_out"
    SESSION_ENDED = "session_ended"
    SESSIONS_ENDED = "sessions_ended"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105
    PASSWORD_RESET = "password_reset"  # noqa: S105
    EMAIL_CHANGED = "email_changed"
    REPORTED_BY_OWNER = "reported_by_owner"
    TOTP_ENABLED = "totp_enabled"
    TOTP_DISABLED = "totp_disabled"
    RECOVERY_CODES_REPLACED = "recovery_codes_replaced"
    RECOVERY_CODE_USED = "recovery_code_used"
    STEPPED_UP = "stepped_up"
    PASSKEY_ADDED = "passkey_added"
    PASSKEY_REMOVED = "passkey_removed"
    IDENTITY_LINKED = "identity_linked"
    IDENTITY_UNLINKED = "identity_unlinked"
    ROLE_CHANGED = "role_changed"
    BANNED = "banned"
    UNBANNED = "unbanned"
    WARNED = "warned"
    CONTENT_HIDDEN = "content_hidden"
    CONTENT_SHOWN = "content_shown"
    ADMIN_ACTED = "admin_acted"
    ASSISTANT_INVITED = "assistant_invited"
    ASSISTANT_CHANGED = "assistant_changed"
    ASSISTANT_ADDED = "assistant_added"
    ASSISTANT_REMOVED = "assistant_removed"
    ASSISTANT_ACTED = "assistant_acted"
    EXPORT_REQUESTED = "export_requested"
    EXPORT_DOWNLOADED = "export_downloaded"


class Statement(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """The content of an entry.

    Attributes:
        user_id: The account.
        number: Position in the chain, counted from 1.
        previous: Hash of the entry before.
        previous_at: When that happened; None in the first entry.
        actor_id: User who did it; None for operators and for what time did.
        network: Network that the request came from, never a whole address.
        device: User agent of the request.
        reason: Why an admin did it, in their words.
        details: More about it, without secrets, names and addresses.
        failed_sign_ins: How often signing in had failed since the account was created.
    """

    user_id: str
    number: int
    previous: str
    previous_at: datetime | None
    at: datetime
    action: AuditAction
    actor_id: str | None
    network: str | None
    device: str | None
    reason: str | None
    details: dict[str, str]
    failed_sign_ins: int


class Entry(msgspec.Struct, frozen=True):
    """An entry as it is stored.

    Attributes:
        statement: Canonical JSON of a `Statement`.
        hash: Hash of the statement.
    """

    number: int
    statement: str
    hash: str


class End(msgspec.Struct, frozen=True):
    """The end of a chain: number, hash and time of its last entry, and the failures up to now."""

    number: int = 0
    hash: str = GENESIS
    at: datetime | None = None
    failed_sign_ins: int = 0


class Verification(msgspec.Struct, frozen=True):
    """The result of verifying a chain.

    Attributes:
        first: Number of the first entry that is kept; 0 if there is none.
        count: Number of valid entries before the first broken one.
        broken_at: Number of the first broken or missing entry; None if the chain is valid.
    """

    first: int
    count: int
    broken_at: int | None


def create_entry(statement: Statement) -> Entry:
    """Return the entry with this statement."""
    text = msgspec.json.encode(statement, order="sorted").decode()
    return Entry(statement.number, text, _digest(text))


def decode_statement(entry: Entry) -> Statement:
    """Return the statement of an entry.

    Raises:
        msgspec.DecodeError: It is not a statement.
    """
    return msgspec.json.decode(entry.statement, type=Statement)


def end_with(entry: Entry, failed_sign_ins: int) -> End:
    """Return the end of a chain whose last entry is this one."""
    return End(entry.number, entry.hash, decode_statement(entry).at, failed_sign_ins)


def verify(user_id: str, entries: Iterable[Entry], now: datetime) -> Verification:
    """Verify the stored entries of an account, in order.

    The first ones may have expired: then the entry before the first one that is kept is older than
    entries are kept. The newest ones cannot be missed here; their hashes are in the logs of auth.
    """
    first = count = 0
    last: End | None = None
    for entry in entries:
        try:
            statement = decode_statement(entry)
        except msgspec.DecodeError:
            return Verification(first, count, entry.number)
        if last is None:
            first = statement.number
            if not _may_be_first(statement, now):
                return Verification(first, 0, first - 1)
        elif statement.number > last.number + 1:
            return Verification(first, count, last.number + 1)
        is_intact = (
            _digest(entry.statement) == entry.hash
            and statement.user_id == user_id
            and statement.number == entry.number
            and (last is None or (statement.number, statement.previous) == _next_to(last))
        )
        if not is_intact:
            return Verification(first, count, entry.number)
        last = end_with(entry, statement.failed_sign_ins)
        count += 1
    return Verification(first, count, None)


def _may_be_first(statement: Statement, now: datetime) -> bool:
    if statement.previous_at is None:
        return statement.number == 1 and statement.previous == GENESIS
    return statement.previous_at + KEPT_FOR <= now


def _next_to(end: End) -> tuple[int, str]:
    return end.number + 1, end.hash


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()
