"""The hash chain of an artist's acceptances: how its links are made, and how it is proven.

Each link's hash covers its statement, and the statement holds the hash of the link before it, so
nothing can be changed, taken out or put in without every later hash telling. Who accepted stands
apart: the statement covers only a salted commitment to it, so that it can be erased (with the salt,
without which nobody can try out who it may have been) and the chain still holds.
"""

from collections.abc import Iterable
from datetime import datetime
from hashlib import sha256

import msgspec

GENESIS = "0" * 64  # what the first link holds in the place of a hash before it


class Statement(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """What a link says of an acceptance: what was accepted, when, in which place of the chain."""

    acceptance_id: str
    artist_id: str
    number: int
    previous: str
    version_id: str
    text_hash: str
    appointment_id: str | None
    accepted_at: datetime
    commitment: str


class Person(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """Who accepted, and how. `signature` is the name they typed."""

    user_id: str
    ip: str
    user_agent: str
    signature: str | None


class Link(msgspec.Struct, frozen=True):
    """A link as it is stored. `person` and `salt` are None once they are erased."""

    number: int
    statement: str  # canonical JSON of a Statement
    hash: str
    person: str | None  # canonical JSON of a Person
    salt: str | None


class Head(msgspec.Struct, frozen=True):
    """The end of a chain: the number of its last link, and that link's hash."""

    number: int
    hash: str


class Proof(msgspec.Struct, frozen=True):
    """How many links hold, the hash of the last of them, and where the chain breaks, if it does."""

    count: int
    head: str
    broken_at: int | None


START = Head(0, GENESIS)


def canonical(value: msgspec.Struct) -> str:
    """The one JSON text of a value: no spaces, keys in order."""
    return msgspec.json.encode(value, order="sorted").decode()


def commitment(person: str, salt: str) -> str:
    """What stands for a person in a statement."""
    return _digest(f"{salt}\n{person}")


def link(statement: Statement, person: str, salt: str) -> Link:
    """The link that says so."""
    text = canonical(statement)
    return Link(statement.number, text, _digest(text), person, salt)


def statement_of(stored: Link) -> Statement:
    """What the link says. Raises msgspec.DecodeError where it is no statement."""
    return msgspec.json.decode(stored.statement, type=Statement)


def person_of(stored: Link) -> Person | None:
    """Who accepted; None once that is erased."""
    return msgspec.json.decode(stored.person, type=Person) if stored.person is not None else None


def prove(artist_id: str, head: Head, links: Iterable[Link]) -> Proof:
    """Follow the stored links, in their order, from the first to the one that is the head."""
    last = START
    for stored in links:
        if not _follows(stored, last, artist_id):
            return Proof(last.number, last.hash, last.number + 1)
        last = Head(stored.number, stored.hash)
    return Proof(last.number, last.hash, _broken_at(last, head))


def _broken_at(last: Head, head: Head) -> int | None:
    """Where a chain breaks whose links hold: at the first that the head knows and nobody else."""
    if last.number < head.number:
        return last.number + 1
    return None if last == head else max(last.number, 1)


def _follows(stored: Link, last: Head, artist_id: str) -> bool:
    """Whether the link is what it was made as, in the place after `last`."""
    try:
        statement = statement_of(stored)
    except msgspec.DecodeError:
        return False
    return (
        _digest(stored.statement) == stored.hash
        and statement.artist_id == artist_id
        and statement.number == stored.number == last.number + 1
        and statement.previous == last.hash
        and _is_erased_or_kept(stored, statement.commitment)
    )


def _is_erased_or_kept(stored: Link, committed: str) -> bool:
    if stored.person is None or stored.salt is None:
        return stored.person is None and stored.salt is None
    return commitment(stored.person, stored.salt) == committed


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()
