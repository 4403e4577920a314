"""Assistants: a record in the partition of the artist, and where the other side finds it."""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import datetime

import msgspec
from pynamodb.transactions import TransactWrite

from auth.store import audit, sessions
from auth.store.sessions import Writes
from auth.store.table import (
    ASSISTANT,
    EMAIL,
    PROFILE,
    STUDIO,
    USER,
    AssistantItem,
    AuditItem,
    OutboxItem,
    StudioItem,
    UserItem,
)
from shared.data.conflicts import WriteConflict
from shared.data.dynamodb import find, transaction
from shared.events.domain_events import DomainEvent
from shared.events.outbox import add


class EndedInStudio(msgspec.Struct, frozen=True):
    """The session of an assistant in a studio, which ends.

    Attributes:
        session_id: Its id.
        events: Events of its end.
        at: When it ends.
    """

    session_id: str
    events: Sequence[DomainEvent]
    at: datetime


def list_assistants(artist_id: str) -> list[AssistantItem]:
    """List the assistants of an artist, those who are invited and expired ones included."""
    position = AssistantItem.sk.startswith(ASSISTANT)
    return list(AssistantItem.query(USER + artist_id, position, consistent_read=True))


def find_assistant(artist_id: str, assistance_id: str) -> AssistantItem | None:
    """Return an assistant of an artist."""
    return find(AssistantItem, USER + artist_id, ASSISTANT + assistance_id)


def list_studios(user_id: str, email: str) -> list[AssistantItem]:
    """List the records of which an account is the assistant, or its address is invited."""
    pointers = [
        pointer
        for partition in (USER + user_id, EMAIL + email)
        for pointer in StudioItem.query(
            partition, StudioItem.sk.startswith(STUDIO), consistent_read=True
        )
    ]
    found = (find_assistant(each.artist_id, each.sk.removeprefix(STUDIO)) for each in pointers)
    return [item for item in found if item is not None]


def find_studio(user_id: str, email: str, assistance_id: str) -> AssistantItem | None:
    """Return a record of which an account is the assistant, or its address is invited."""
    for partition in (USER + user_id, EMAIL + email):
        pointer = find(StudioItem, partition, STUDIO + assistance_id)
        if pointer is not None:
            return find_assistant(pointer.artist_id, assistance_id)
    return None


def add_invitation(
    artist: UserItem, item: AssistantItem, entry: AuditItem, events: Iterable[DomainEvent]
) -> None:
    """Store an invitation.

    Raises:
        WriteConflict: The artist's account was deleted or signed out everywhere, or its audit log
            grew, meanwhile.
    """
    item.pk, item.sk = USER + item.artist_id, ASSISTANT + item.assistance_id
    pointer = StudioItem(
        EMAIL + item.email,
        STUDIO + item.assistance_id,
        artist_id=item.artist_id,
        expires_at=item.expires_at,
    )
    with transaction(AssistantItem) as writes:
        writes.condition_check(
            UserItem, artist.pk, artist.sk, condition=sessions.is_as_read(artist)
        )
        writes.save(item)
        writes.save(pointer)
        audit.add_audit_entries(writes, [entry])
        add(writes, OutboxItem, events)


def accept(
    item: AssistantItem,
    assistant_id: str,
    now: datetime,
    *,
    entries: Sequence[AuditItem],
    published: Sequence[DomainEvent],
) -> None:
    """Make an account the assistant of the artist who invited its address.

    Raises:
        WriteConflict: The invitation was accepted, changed or withdrawn, or an audit log grew.
    """
    is_invited = (AssistantItem.grant == item.grant) & AssistantItem.assistant_id.does_not_exist()
    with transaction(AssistantItem) as writes:
        writes.update(
            AssistantItem(item.pk, item.sk),
            actions=[
                AssistantItem.assistant_id.set(assistant_id),
                AssistantItem.accepted_at.set(now),
                AssistantItem.expires_at.remove(),
            ],
            condition=is_invited,
        )
        pointer = StudioItem(USER + assistant_id, STUDIO + item.assistance_id)
        pointer.artist_id = item.artist_id
        writes.save(pointer)
        writes.delete(StudioItem(EMAIL + item.email, STUDIO + item.assistance_id))
        # Nobody becomes the assistant of an account that is being deleted, nor does one.
        is_active = UserItem.pk.exists() & UserItem.banned_at.does_not_exist()
        for user_id in (item.artist_id, assistant_id):
            writes.condition_check(UserItem, USER + user_id, PROFILE, condition=is_active)
        audit.add_audit_entries(writes, entries)
        add(writes, OutboxItem, published)


def change_scopes(
    item: AssistantItem, grant: str, ended: EndedInStudio, entries: Sequence[AuditItem]
) -> None:
    """Store the scopes of a record, with another grant, and end the session in the studio.

    Raises:
        WriteConflict: The record was changed or removed, or an audit log grew.
    """

    def change(writes: TransactWrite) -> None:
        writes.update(
            AssistantItem(item.pk, item.sk),
            actions=[AssistantItem.scopes.set(item.scopes), AssistantItem.grant.set(grant)],
            condition=AssistantItem.grant == item.grant,
        )
        audit.add_audit_entries(writes, entries)

    _end(item, ended, change)


def remove(item: AssistantItem, ended: EndedInStudio, entries: Sequence[AuditItem]) -> None:
    """Remove an assistant or an invitation, and end their session in the studio.

    Raises:
        WriteConflict: The record was changed or removed, or an audit log grew.
    """

    def write(writes: TransactWrite) -> None:
        delete(item)(writes)
        audit.add_audit_entries(writes, entries)

    _end(item, ended, write)


def delete(item: AssistantItem) -> Writes:
    """Return the writes that delete a record as it was read, and where the other side finds it."""
    partition = USER + item.assistant_id if item.assistant_id else EMAIL + item.email

    def write(writes: TransactWrite) -> None:
        unchanged = AssistantItem.grant == item.grant
        if item.assistant_id is None:
            unchanged &= AssistantItem.assistant_id.does_not_exist()
        writes.delete(AssistantItem(item.pk, item.sk), condition=unchanged)
        writes.delete(StudioItem(partition, STUDIO + item.assistance_id))

    return write


def delete_all(user_id: str, email: str) -> None:
    """Delete what other partitions hold of an account: its assistants, and where it is one."""
    for item in [*list_assistants(user_id), *list_studios(user_id, email)]:
        with suppress(WriteConflict), transaction(AssistantItem) as writes:
            delete(item)(writes)  # a conflict is that somebody else removed it


def _end(item: AssistantItem, ended: EndedInStudio, write: Writes) -> None:
    sessions.end_sessions(
        item.artist_id,
        [],
        ended.events,
        ended.at,
        entry=None,
        denied=[ended.session_id],
        writes_alongside=write,
    )
