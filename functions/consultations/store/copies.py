"""Copies of other features' records, updated by events: people, files and age policies."""

from collections.abc import Iterable
from datetime import datetime, timedelta

import msgspec

from consultations.models import File, Person
from consultations.store.table import ARTIST, PERSON, RECORD, RecordItem, save_newest
from domain.policy_terms import PolicyKind, Terms
from shared.data import tombstones

PROFILE, FILE, POLICY = "CARD", "FILE#", "POLICY#age#"
WITHDRAWN = "null"
REMOVED_KEPT_FOR = timedelta(days=90)  # longer than an event can be delayed


class Copies(msgspec.Struct, frozen=True):
    """Copies of people and files, by their ids."""

    people: dict[str, Person]
    files: dict[str, File]


def find_copies(person_ids: Iterable[str], file_ids: Iterable[str] = ()) -> Copies:
    """Find the copies of these people and files in one batch; unknown ids are left out."""
    keys = [(PERSON + person_id, PROFILE) for person_id in dict.fromkeys(person_ids)]
    keys += [(FILE + file_id, RECORD) for file_id in dict.fromkeys(file_ids)]
    people: dict[str, Person] = {}
    files: dict[str, File] = {}
    for item in RecordItem.batch_get(keys, consistent_read=True):
        if item.sk == PROFILE:
            person = item.decoded(Person)
            people[person.id] = person
        else:
            file = item.decoded(File)
            files[file.id] = file
    return Copies(people, files)


# ---- people ------------------------------------------------------------------------------------


def save_person(person: Person) -> None:
    """Save a copy of a user, unless a newer one is stored or the account was deleted."""
    if tombstones.is_deleted(person.id):
        return
    save_newest(RecordItem.of(PERSON + person.id, PROFILE, person), person.record_version)
    if tombstones.is_deleted(person.id):  # the erasure may have come before the copy
        delete_person(person.id)


def delete_person(user_id: str) -> None:
    """Delete the copy of a user."""
    RecordItem(PERSON + user_id, PROFILE).delete()


# ---- files -------------------------------------------------------------------------------------


def save_file(file: File) -> None:
    """Save a copy of a clean file, unless a newer state is stored."""
    save_newest(RecordItem.of(FILE + file.id, RECORD, file), file.record_version)


def remove_file(file_id: str, record_version: int, now: datetime) -> None:
    """Save that a file was removed, for as long as older events of it may arrive."""
    item = RecordItem.of(FILE + file_id, RECORD, File(file_id, "", "", record_version))
    item.expires_at = int((now + REMOVED_KEPT_FOR).timestamp())
    save_newest(item, record_version)


# ---- age policies ------------------------------------------------------------------------------


def list_age_terms(artist_id: str) -> list[Terms]:
    """List the artist's age policies that were not withdrawn, general and for single services."""
    items = RecordItem.query(
        ARTIST + artist_id, RecordItem.sk.startswith(POLICY), consistent_read=True
    )
    return [item.decoded(Terms) for item in items if item.record != WITHDRAWN]


def save_age_terms(terms: Terms) -> None:
    """Save a copy of the age policy in force, unless a newer state is stored."""
    assert terms.kind is PolicyKind.AGE
    _save_age_terms(terms.artist_id, terms.service_id, terms, 2 * terms.number)


def withdraw_age_terms(artist_id: str, service_id: str | None, number: int) -> None:
    """Save that version `number` was withdrawn, unless a newer state is stored."""
    _save_age_terms(artist_id, service_id, None, 2 * number + 1)


def _save_age_terms(
    artist_id: str, service_id: str | None, terms: Terms | None, version: int
) -> None:
    if not tombstones.is_deleted(artist_id):
        item = RecordItem.of(ARTIST + artist_id, f"{POLICY}{service_id or '*'}", terms)
        save_newest(item, version)


# ---- erasure -----------------------------------------------------------------------------------


def delete_artist(artist_id: str) -> None:
    """Delete an artist's intake forms and the copies of their policies."""
    RecordItem.delete_all(RecordItem.query(ARTIST + artist_id, consistent_read=True))
