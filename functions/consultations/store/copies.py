"""Copies of what other features own, kept by events: people, files, age policies, blocks."""

from collections.abc import Iterable
from datetime import datetime, timedelta

import msgspec

from consultations.models import File, Person, Side
from consultations.store.consultations import BLOCK, pair_key
from consultations.store.table import ARTIST, PERSON, RECORD, RecordItem, is_deleted, keep_newest
from domain.policy_terms import Kind, Terms

CARD, FILE, POLICY = "CARD", "FILE#", "POLICY#age#"
WITHDRAWN = "null"
REMOVED_KEPT = timedelta(days=90)  # longer than an event is on its way


class Known(msgspec.Struct, frozen=True):
    """What is known of the people and the files that were asked for."""

    people: dict[str, Person]
    files: dict[str, File]


def find_known(person_ids: Iterable[str], file_ids: Iterable[str] = ()) -> Known:
    """The people and files of these ids, as far as they are known, in one batch."""
    keys = [(PERSON + one, CARD) for one in dict.fromkeys(person_ids)]
    keys += [(FILE + one, RECORD) for one in dict.fromkeys(file_ids)]
    people: dict[str, Person] = {}
    files: dict[str, File] = {}
    for kept in RecordItem.batch_get(keys, consistent_read=True):
        if kept.sk == CARD:
            person = kept.decoded(Person)
            people[person.id] = person
        else:
            file = kept.decoded(File)
            files[file.id] = file
    return Known(people, files)


# ---- people ------------------------------------------------------------------------------------


def keep_person(person: Person) -> None:
    """Keep who somebody is, unless a newer card is kept, or their account is gone."""
    if is_deleted(person.id):
        return
    keep_newest(RecordItem.of(PERSON + person.id, CARD, person), person.record_version)
    if is_deleted(person.id):  # just now: who erases may have been here before
        forget_person(person.id)


def forget_person(user_id: str) -> None:
    """Forget who somebody is."""
    RecordItem(PERSON + user_id, CARD).delete()


# ---- files -------------------------------------------------------------------------------------


def keep_file(file: File) -> None:
    """Keep that the file is clean, unless something newer was heard of it."""
    keep_newest(RecordItem.of(FILE + file.id, RECORD, file), file.record_version)


def remove_file(file_id: str, record_version: int, now: datetime) -> None:
    """Keep that there is no such file any more."""
    kept = RecordItem.of(FILE + file_id, RECORD, File(file_id, "", "", record_version))
    kept.expires_at = int((now + REMOVED_KEPT).timestamp())
    keep_newest(kept, record_version)


# ---- age policies ------------------------------------------------------------------------------


def find_age_terms(artist_id: str) -> list[Terms]:
    """The age policies of an artist that were not withdrawn: in general, and of services."""
    items = RecordItem.query(
        ARTIST + artist_id, RecordItem.sk.startswith(POLICY), consistent_read=True
    )
    return [kept.decoded(Terms) for kept in items if kept.record != WITHDRAWN]


def keep_terms(terms: Terms) -> None:
    """Keep the policy that is in force now, unless something newer was heard of it."""
    assert terms.kind is Kind.AGE
    _keep_terms(terms.artist_id, terms.service_id, terms, 2 * terms.number)


def end_terms(artist_id: str, service_id: str | None, number: int) -> None:
    """Keep that version `number` is in force no longer, unless something newer was heard."""
    _keep_terms(artist_id, service_id, None, 2 * number + 1)


def _keep_terms(artist_id: str, service_id: str | None, held: Terms | None, version: int) -> None:
    if not is_deleted(artist_id):
        kept = RecordItem.of(ARTIST + artist_id, f"{POLICY}{service_id or '*'}", held)
        keep_newest(kept, version)


# ---- blocks ------------------------------------------------------------------------------------


def keep_block(artist_id: str, client_id: str, side: Side, blocked: bool, version: int) -> None:
    """Keep whether this side blocked the other, unless something newer was heard."""
    kept = RecordItem.of(pair_key(artist_id, client_id), BLOCK + side, blocked)
    keep_newest(kept, version)


# ---- erasing -----------------------------------------------------------------------------------


def forget_artist(artist_id: str) -> None:
    """Delete an artist's questions and copies of their policies."""
    RecordItem.delete_all(RecordItem.query(ARTIST + artist_id, consistent_read=True))
