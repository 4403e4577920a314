"""Audit log of an account: requests and responses."""

from typing import Annotated

from msgspec import Meta

from auth.rules.audit_log import AuditAction
from domain.types import Cursor, Instant, NextCursor, UserId
from shared.http.decoding import Input, Output


class AuditQuery(Input, frozen=True):
    """A page of an audit log.

    Attributes:
        limit: Number of entries on a page. Example: 20
    """

    cursor: Cursor | None = None
    limit: Annotated[int, Meta(ge=1, le=100)] = 20


class AuditEntry(Output, frozen=True):
    """Something that happened to an account.

    Attributes:
        number: Position in the log, counted from 1. Example: 7
        action: What happened. Example: password_changed
        actor_id: User who did it; null for operators and for what happened because time passed.
        network: Network that the request came from. Example: 198.51.100.0/24
        device: User agent of the request, cut to 256 characters. Example: Mozilla/5.0
        reason: Why an admin did it. Example: Asked for by mail on 30 January
        details: More about it. Example: {"sessionId": "ses_01JD2ZK5V7M0Q4X8T6N3R9W1YB"}
        failed_sign_ins: How often signing in failed between the entry before and this one.
            Example: 2
        hash: SHA-256 of the entry, which covers the hash of the entry before it.
            Example: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
    """

    number: int
    at: Instant
    action: AuditAction
    actor_id: UserId | None
    network: str | None
    device: str | None
    reason: str | None
    details: dict[str, str]
    failed_sign_ins: int
    hash: str


class AuditPage(Output, frozen=True):
    """A page of an audit log, the newest entry first.

    Attributes:
        items: The entries.
        failed_sign_ins: How often signing in has failed since the newest entry; 0 on later pages.
            Example: 1
    """

    items: list[AuditEntry]
    next_cursor: NextCursor
    failed_sign_ins: int


class AuditVerificationRequest(Input, frozen=True):
    """An operator's request to verify the audit log of an account."""

    user_id: UserId


class AuditVerification(Output, frozen=True):
    """The result of verifying an audit log.

    Attributes:
        first: Number of the first entry that is kept; 0 if there is none. Example: 1
        count: Number of valid entries before the first broken one. Example: 7
        broken_at: Number of the first broken or missing entry; null if all are valid. Example: 8
    """

    first: int
    count: int
    broken_at: int | None
