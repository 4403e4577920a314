"""DynamoDB table of policies: its items and keys.

pk                 sk                            item
ARTIST#<artistId>  DRAFT#<subject>               DraftItem: a draft
ARTIST#<artistId>  VERSION#<subject>#<number>    VersionItem: a published version; it expires
                                                 only after its artist was erased
ARTIST#<artistId>  CURRENT#<subject>             CurrentItem: the newest number, and its version
CHAIN#<artistId>   HEAD                          HeadItem: the end of the artist's chain
CHAIN#<artistId>   LINK#<number>                 LinkItem: an acceptance
USER#<userId>      GIVEN#<acceptanceId>          GivenItem: chain and number of the acceptance
USER#<userId>      ACCEPTED#<versionId>#<for>    AcceptedItem: the one acceptance of a version,
                                                 for an appointment or for none (*)
USER#<userId>      BOOKED#<appointmentId>        BookedItem: copy of an appointment of the client
OUTBOX#<shard>     <eventId>                     OutboxItem: an event to be published, until it is

A subject is `<service's own ULID, or *>#<kind>[-<form>]`. Numbers are padded, so that they sort.
"""

from typing import Any, TypeVar

import msgspec
from pynamodb.attributes import NumberAttribute, UnicodeAttribute, UTCDateTimeAttribute

from policies.models import Subject
from shared.data.dynamodb import Item, table_meta
from shared.events import outbox

ARTIST, CHAIN, USER = "ARTIST#", "CHAIN#", "USER#"
DRAFT, VERSION, CURRENT, LINK, GIVEN = "DRAFT#", "VERSION#", "CURRENT#", "LINK#", "GIVEN#"
ACCEPTED, BOOKED = "ACCEPTED#", "BOOKED#"
HEAD = "HEAD"


class DraftItem(Item):
    """A draft. `subject` and `rules` are JSON."""

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
    """The newest number of a subject that is in force: one query reads the terms of all.

    Versions before 0.3 stored the text too, and kept the item, without terms and text, when the
    version was withdrawn.
    """

    Meta = table_meta("policies")
    number = NumberAttribute()
    service_id = UnicodeAttribute(null=True)
    terms = UnicodeAttribute(null=True)


class HeadItem(Item):
    """The end of an artist's chain."""

    Meta = table_meta("policies")
    number = NumberAttribute()
    hash = UnicodeAttribute()


class StoredText(UnicodeAttribute):
    """A text that somebody may have tampered with: a value of another type is read as ""."""

    def get_value(self, value: dict[str, Any]) -> Any:
        """Return the stored text, or "" for what is none."""
        return value.get("S", "")


class LinkItem(Item):
    """An acceptance. `statement` and `signatory` are exactly the JSON that was hashed."""

    Meta = table_meta("policies")
    statement = StoredText()
    hash = StoredText()
    signatory = StoredText(attr_name="person", null=True)
    salt = StoredText(null=True)


class GivenItem(Item):
    """Chain and number of an acceptance that the user gave."""

    Meta = table_meta("policies")
    artist_id = UnicodeAttribute()
    number = NumberAttribute()


class AcceptedItem(Item):
    """Chain and number of the one acceptance of a version, by the user and for an appointment."""

    Meta = table_meta("policies")
    artist_id = UnicodeAttribute()
    number = NumberAttribute()


class BookedItem(Item):
    """A copy of an appointment of the client, kept by the events of appointments."""

    Meta = table_meta("policies")
    artist_id = UnicodeAttribute()
    service_id = UnicodeAttribute()
    agreed_at = UTCDateTimeAttribute()


class OutboxItem(outbox.OutboxItem):
    """An event to be published."""

    Meta = table_meta("policies")


def ping() -> None:
    """Raise unless the table answers."""
    HeadItem.count("ready")


StoredItem = TypeVar("StoredItem", bound=Item)


def query_items(
    model: type[StoredItem],
    pk: str,
    prefix: str,
    after: str | None,
    limit: int,
    *,
    newest_first: bool = False,
) -> list[StoredItem]:
    """Return up to `limit` items whose sort keys begin with `prefix`, after that sort key."""
    items = model.query(
        pk,
        model.sk.startswith(prefix),
        scan_index_forward=not newest_first,
        limit=limit,
        last_evaluated_key={"pk": {"S": pk}, "sk": {"S": after}} if after else None,
    )
    return list(items)


def cut_page(items: list[StoredItem], limit: int) -> tuple[list[StoredItem], str | None]:
    """Return the first `limit` items, and the sort key of the last of them if there are more."""
    page = items[:limit]
    return page, page[-1].sk if len(items) > limit else None


def subject_keys(prefix: str, subject: Subject) -> tuple[str, str]:
    """Return the keys of a draft, the versions or the current version of a subject."""
    service = subject.service_id.rpartition("_")[2] if subject.service_id else "*"
    kind = f"{subject.kind}-{subject.form}" if subject.form else str(subject.kind)
    return ARTIST + subject.artist_id, f"{prefix}{service}#{kind}"


def link_key(number: int) -> str:
    """Return the sort key of a link."""
    return f"{LINK}{number:010}"


def encode_json(value: msgspec.Struct) -> str:
    """Return the JSON of a value."""
    return msgspec.json.encode(value).decode()
