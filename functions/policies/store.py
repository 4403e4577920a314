"""policies' DynamoDB table, and the only module that talks to it.

pk                 sk                            what
ARTIST#<artistId>  DRAFT#<subject>               DraftItem: what the artist works on
ARTIST#<artistId>  VERSION#<subject>#<number>    VersionItem: a published version, for ever
ARTIST#<artistId>  CURRENT#<subject>             CurrentItem: the newest number, and its version
CHAIN#<artistId>   HEAD                          HeadItem: the end of the artist's chain
CHAIN#<artistId>   LINK#<number>                 LinkItem: an acceptance
USER#<userId>      GIVEN#<acceptanceId>          GivenItem: where an acceptance of theirs stands
USER#<userId>      DELETED                       DeletedItem: nothing may be kept of them (TTL)
OUTBOX#<artistId>  <eventId>                     OutboxItem: an event on its way (TTL)

A subject is `<service's own ULID, or *>#<kind>[-<form>]`. Numbers are padded, so that they sort.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import TypeVar

import msgspec
from pynamodb.attributes import NumberAttribute, UnicodeAttribute, UTCDateTimeAttribute
from pynamodb.exceptions import AttributeDeserializationError, UpdateError

from domain.policy_terms import Rules, Terms
from policies.models import Current, Draft, Subject, Version
from policies.rules.hash_chain import Head, Link, Statement
from shared.data import dynamodb
from shared.data.dynamodb import Item, is_condition_failure, table_meta, transaction
from shared.events import outbox
from shared.events.domain_events import DomainEvent
from shared.events.outbox import add

ARTIST, CHAIN, USER = "ARTIST#", "CHAIN#", "USER#"
DRAFT, VERSION, CURRENT, LINK, GIVEN = "DRAFT#", "VERSION#", "CURRENT#", "LINK#", "GIVEN#"
HEAD, DELETED = "HEAD", "DELETED"
NO_HEAD = Head(0, "")  # fits no chain, and nothing can be put after it


class DraftItem(Item):
    """What the artist works on. `subject` and `rules` are JSON."""

    Meta = table_meta("policies")
    subject = UnicodeAttribute()
    text = UnicodeAttribute()
    rules = UnicodeAttribute()
    saved_at = UTCDateTimeAttribute()
    revision = UnicodeAttribute()


class VersionItem(Item):
    """A published version. `terms` is JSON."""

    Meta = table_meta("policies")
    terms = UnicodeAttribute()
    text = UnicodeAttribute()
    withdrawn_at = UTCDateTimeAttribute(null=True)


class CurrentItem(Item):
    """Where a subject stands, with a copy of its version: one query reads all that is in force."""

    Meta = table_meta("policies")
    number = NumberAttribute()
    service_id = UnicodeAttribute(null=True)
    terms = UnicodeAttribute(null=True)  # neither terms nor text once it was withdrawn
    text = UnicodeAttribute(null=True)


class HeadItem(Item):
    """The end of an artist's chain."""

    Meta = table_meta("policies")
    number = NumberAttribute()
    hash = UnicodeAttribute()


class LinkItem(Item):
    """An acceptance. `statement` and `person` are the JSON that was hashed, to the letter."""

    Meta = table_meta("policies")
    statement = UnicodeAttribute()
    hash = UnicodeAttribute()
    person = UnicodeAttribute(null=True)
    salt = UnicodeAttribute(null=True)


class GivenItem(Item):
    """Where an acceptance that the user gave stands."""

    Meta = table_meta("policies")
    artist_id = UnicodeAttribute()
    number = NumberAttribute()


class DeletedItem(Item):
    """A user whose account is gone while an access token of theirs may still be good."""

    Meta = table_meta("policies")


class OutboxItem(outbox.OutboxItem):
    """An event on its way."""

    Meta = table_meta("policies")


def ping() -> None:
    """Raise unless the table answers."""
    HeadItem.count("ready")


# ---- drafts ------------------------------------------------------------------------------------


def save_draft(draft: Draft) -> None:
    """Keep the draft in the place of the one before."""
    DraftItem(
        *_keys(DRAFT, draft.subject),
        subject=_json(draft.subject),
        text=draft.text,
        rules=_json(draft.rules),
        saved_at=draft.saved_at,
        revision=draft.revision,
    ).save()


def find_draft(subject: Subject) -> Draft | None:
    """The draft of a subject, read consistently."""
    item = dynamodb.find(DraftItem, *_keys(DRAFT, subject))
    return _draft(item) if item else None


def find_drafts(artist_id: str, after: str | None, limit: int) -> tuple[list[Draft], str | None]:
    """So many of the artist's drafts after a position, and the position of the last if there are
    more."""
    items, last = _page(_query(DraftItem, ARTIST + artist_id, DRAFT, after, limit + 1), limit)
    return [_draft(item) for item in items], last


def delete_draft(subject: Subject) -> None:
    """Drop a draft; one that is gone already is fine."""
    DraftItem(*_keys(DRAFT, subject)).delete()


# ---- versions ----------------------------------------------------------------------------------


def find_version(subject: Subject, number: int) -> Version | None:
    """A published version, read consistently."""
    item = dynamodb.find(VersionItem, *_version_keys(subject, number))
    return _version(item) if item else None


def find_versions(subject: Subject, before: int | None, limit: int) -> list[Version]:
    """So many of a subject's versions, before that number if one is given, the newest first."""
    pk, sk = _keys(VERSION, subject)
    start = _version_keys(subject, before)[1] if before is not None else None
    items = _query(VersionItem, pk, f"{sk}#", start, limit, newest_first=True)
    return [_version(item) for item in items]


def find_current(subject: Subject) -> Current | None:
    """Where a subject stands, read consistently; None where nothing was ever published."""
    item = dynamodb.find(CurrentItem, *_keys(CURRENT, subject))
    if item is None:
        return None
    return Current(int(item.number), _current_version(item))


def find_in_force(artist_id: str, service_id: str | None) -> list[Version]:
    """What the artist published that is not withdrawn: in general, and for this service."""
    fitting = CurrentItem.service_id.does_not_exist()
    if service_id is not None:
        fitting = fitting | (CurrentItem.service_id == service_id)
    items = CurrentItem.query(
        ARTIST + artist_id,
        CurrentItem.sk.startswith(CURRENT),
        filter_condition=fitting,
        consistent_read=True,
    )
    return [version for item in items if (version := _current_version(item)) is not None]


def count_current(artist_id: str) -> int:
    """How many subjects the artist ever published."""
    return CurrentItem.count(ARTIST + artist_id, CurrentItem.sk.startswith(CURRENT))


def publish(draft: Draft, version: Version, event: DomainEvent) -> None:
    """Make a version of the draft, which is used up by it, with the event.

    Raises Conflict when the draft changed meanwhile, or its number was taken.
    """
    subject, number, terms = draft.subject, version.terms.number, _json(version.terms)
    kept = VersionItem(*_version_keys(subject, number), terms=terms, text=version.text)
    current = CurrentItem(
        *_keys(CURRENT, subject),
        number=number,
        service_id=subject.service_id,
        terms=terms,
        text=version.text,
    )
    used = DraftItem(*_keys(DRAFT, subject))
    with transaction(DraftItem) as writes:
        writes.delete(used, condition=DraftItem.revision == draft.revision)
        writes.save(kept, condition=VersionItem.pk.does_not_exist())
        writes.save(current)
        add(writes, OutboxItem, [event])


def withdraw(subject: Subject, number: int, now: datetime, event: DomainEvent) -> None:
    """End the subject's version that is current, with the event; it stays and says when.

    Raises Conflict when another became current meanwhile, or it was ended.
    """
    ended = CurrentItem(*_keys(CURRENT, subject), number=number, service_id=subject.service_id)
    version = VersionItem(*_version_keys(subject, number))
    with transaction(DraftItem) as writes:
        writes.save(ended, condition=(CurrentItem.number == number) & CurrentItem.terms.exists())
        writes.update(version, actions=[VersionItem.withdrawn_at.set(now)])
        add(writes, OutboxItem, [event])


# ---- acceptances -------------------------------------------------------------------------------


def find_head(artist_id: str) -> Head | None:
    """The end of the artist's chain, read consistently; NO_HEAD where it is none that we wrote."""
    try:
        item = dynamodb.find(HeadItem, CHAIN + artist_id, HEAD)
        return Head(int(item.number), item.hash) if item else None
    except (AttributeDeserializationError, TypeError, ValueError):
        return NO_HEAD


def append(statement: Statement, link: Link, user_id: str, head: Head, event: DomainEvent) -> None:
    """Put the user's link, which says the statement, after `head` of its chain, with the event.

    Raises Conflict when the chain grew meanwhile, or the user's account was deleted.
    """
    artist_id, number = statement.artist_id, statement.number
    kept = LinkItem(
        CHAIN + artist_id,
        _link_key(number),
        statement=link.statement,
        hash=link.hash,
        person=link.person,
        salt=link.salt,
    )
    grown = HeadItem(CHAIN + artist_id, HEAD, number=number, hash=link.hash)
    given = GivenItem(
        USER + user_id, GIVEN + statement.acceptance_id, artist_id=artist_id, number=number
    )
    at_head = (HeadItem.hash == head.hash) if head.number else HeadItem.pk.does_not_exist()
    with transaction(DraftItem) as writes:
        writes.condition_check(
            DeletedItem, USER + user_id, DELETED, condition=DeletedItem.pk.does_not_exist()
        )
        writes.save(kept, condition=LinkItem.pk.does_not_exist())
        writes.save(grown, condition=at_head)
        writes.save(given)
        add(writes, OutboxItem, [event])


def read_chain(artist_id: str) -> Iterator[Link]:
    """All links that are stored, in their order, read consistently page by page.

    What is stored as nothing that we write comes out as a link that holds nothing, as the last.
    """
    items = LinkItem.query(CHAIN + artist_id, LinkItem.sk.startswith(LINK), consistent_read=True)
    try:
        for item in items:
            yield _link(item)
    except (AttributeDeserializationError, ValueError):
        yield Link(0, "", "", None, None)


def find_received(artist_id: str, before: str | None, limit: int) -> tuple[list[Link], str | None]:
    """So many links of the artist's chain before a position, the newest first, and the position of
    the last if there are more."""
    stored = _query(LinkItem, CHAIN + artist_id, LINK, before, limit + 1, newest_first=True)
    page, last = _page(stored, limit)
    return [_link(item) for item in page], last


def find_given(user_id: str, before: str | None, limit: int) -> tuple[list[Link], str | None]:
    """So many links that the user put into whatever chains, as `find_received`."""
    given = _query(GivenItem, USER + user_id, GIVEN, before, limit + 1, newest_first=True)
    page, last = _page(given, limit)
    places = [(CHAIN + item.artist_id, _link_key(int(item.number))) for item in page]
    links = {
        (item.pk, item.sk): _link(item) for item in LinkItem.batch_get(places, consistent_read=True)
    }
    return [links[place] for place in places if place in links], last


# ---- erasure -----------------------------------------------------------------------------------


def is_deleted(user_id: str) -> bool:
    """Whether the account is gone."""
    return dynamodb.find(DeletedItem, USER + user_id, DELETED) is not None


def mark_deleted(user_id: str, until: datetime) -> None:
    """Let nothing be kept of the user any more."""
    DeletedItem(USER + user_id, DELETED, expires_at=int(until.timestamp())).save()


def erase_signatory(user_id: str) -> None:
    """Take the user out of every link they put into a chain."""
    given = GivenItem.query(USER + user_id, GivenItem.sk.startswith(GIVEN), consistent_read=True)
    for item in given:
        _erase_person(item.artist_id, int(item.number))
        item.delete()  # last, so that after a crash it is found again


def erase_artist(artist_id: str) -> None:
    """Drop the artist's drafts and what is in force; what others may be bound to stays."""
    for model, prefix in ((DraftItem, DRAFT), (CurrentItem, CURRENT)):
        items = model.query(ARTIST + artist_id, model.sk.startswith(prefix))
        with model.batch_write() as batch:
            for item in items:
                batch.delete(item)


def _erase_person(artist_id: str, number: int) -> None:
    try:
        LinkItem(CHAIN + artist_id, _link_key(number)).update(
            actions=[LinkItem.person.remove(), LinkItem.salt.remove()],
            condition=LinkItem.pk.exists(),
        )
    except UpdateError as error:
        # A link that is missing holds nobody; that it is missing is for the proof to tell.
        if not is_condition_failure(error):
            raise


# ---- items and records -------------------------------------------------------------------------

Stored = TypeVar("Stored", bound=Item)


def _query(
    model: type[Stored],
    pk: str,
    prefix: str,
    after: str | None,
    limit: int,
    *,
    newest_first: bool = False,
) -> list[Stored]:
    """So many items whose sort keys begin so, after the one with that key if one is given."""
    found = model.query(
        pk,
        model.sk.startswith(prefix),
        scan_index_forward=not newest_first,
        limit=limit,
        last_evaluated_key={"pk": {"S": pk}, "sk": {"S": after}} if after else None,
    )
    return list(found)


def _page(items: list[Stored], limit: int) -> tuple[list[Stored], str | None]:
    """The first so many, and the key of the last of them if there are more."""
    page = items[:limit]
    return page, page[-1].sk if len(items) > limit else None


def _keys(prefix: str, subject: Subject) -> tuple[str, str]:
    service = subject.service_id.rpartition("_")[2] if subject.service_id else "*"
    kind = f"{subject.kind}-{subject.form}" if subject.form else str(subject.kind)
    return ARTIST + subject.artist_id, f"{prefix}{service}#{kind}"


def _version_keys(subject: Subject, number: int) -> tuple[str, str]:
    pk, sk = _keys(VERSION, subject)
    return pk, f"{sk}#{number:06}"


def _link_key(number: int) -> str:
    return f"{LINK}{number:010}"


def _json(value: msgspec.Struct) -> str:
    return msgspec.json.encode(value).decode()


def _draft(item: DraftItem) -> Draft:
    return Draft(
        subject=msgspec.json.decode(item.subject, type=Subject),
        text=item.text,
        rules=msgspec.json.decode(item.rules, type=Rules),
        saved_at=item.saved_at,
        revision=item.revision,
    )


def _version(item: VersionItem) -> Version:
    terms = msgspec.json.decode(item.terms, type=Terms)
    return Version(terms, item.text, item.withdrawn_at)


def _current_version(item: CurrentItem) -> Version | None:
    if item.terms is None or item.text is None:
        return None
    return Version(msgspec.json.decode(item.terms, type=Terms), item.text)


def _link(item: LinkItem) -> Link:
    number = int(item.sk.removeprefix(LINK))
    if item.sk != _link_key(number) or item.statement is None or item.hash is None:
        raise ValueError("not a link that we wrote")
    return Link(number, item.statement, item.hash, item.person, item.salt)
