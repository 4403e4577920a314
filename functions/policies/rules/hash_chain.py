"""Hash chain of an artist's acceptances.

The hash of each link covers its statement, and the statement contains the hash of the link before
it. So nothing can be changed, removed or inserted without breaking every later hash. The signatory
is stored beside the statement, which contains only a salted commitment to it: signatory and salt
can be erased and the chain is still valid. Without the salt, guesses of the signatory cannot be
tested.
"""

from collections.abc import Iterable
from datetime import datetime
from hashlib import sha256

import msgspec

from domain.types import UserId

GENESIS = "0" * 64  # stands in the first link for the hash of the link before it


class Statement(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """The content of a link: the accepted version, the time and the position in the chain.

    Attributes:
        previous: Hash of the link before.
        commitment: Salted hash of the signatory.
    """

    acceptance_id: str
    artist_id: str
    number: int
    previous: str
    version_id: str
    text_hash: str
    appointment_id: str | None
    accepted_at: datetime
    commitment: str


class Signatory(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """The person who accepted, and how. Erased when they delete their account.

    Attributes:
        user_id: Id of the user who accepted.
        ip: Address that the request came from. Example: 198.51.100.7
        user_agent: User agent of the request, cut to 500 characters. Example: Mozilla/5.0
        signature: Name as the user typed it; null where no signature is required.
            Example: Ada Lovelace
    """

    user_id: UserId
    ip: str
    user_agent: str
    signature: str | None


class Link(msgspec.Struct, frozen=True):
    """A link as it is stored.

    Attributes:
        statement: Canonical JSON of a `Statement`.
        hash: Hash of the statement.
        signatory: Canonical JSON of a `Signatory`; None once it was erased.
        salt: Salt of the commitment; None once it was erased.
    """

    number: int
    statement: str
    hash: str
    signatory: str | None
    salt: str | None


class StoredLink(msgspec.Struct, frozen=True):
    """A place in a chain, and what is stored there.

    Attributes:
        number: Number of the place; None where even that cannot be read.
        link: The link; None if it is missing, or nothing that we can have written.
    """

    artist_id: str
    number: int | None
    link: Link | None


class Head(msgspec.Struct, frozen=True):
    """The end of a chain: number and hash of its last link."""

    number: int
    hash: str


class Verification(msgspec.Struct, frozen=True):
    """The result of verifying a chain.

    Attributes:
        count: Number of valid links before the first broken one.
        head: Hash of the last of them.
        broken_at: Number of the first broken link; None if the chain is valid.
    """

    count: int
    head: str
    broken_at: int | None


EMPTY_HEAD = Head(0, GENESIS)  # the end of a chain without links


def encode_canonical(value: msgspec.Struct) -> str:
    """Return the canonical JSON of a value: sorted keys, no spaces."""
    return msgspec.json.encode(value, order="sorted").decode()


def compute_commitment(signatory: str, salt: str) -> str:
    """Return the hash that stands for a signatory in a statement."""
    return _digest(f"{salt}\n{signatory}")


def create_link(statement: Statement, signatory: str, salt: str) -> Link:
    """Return the link with this statement."""
    text = encode_canonical(statement)
    return Link(statement.number, text, _digest(text), signatory, salt)


def decode_statement(link: Link) -> Statement:
    """Return the statement of a link.

    Raises:
        msgspec.DecodeError: It is not a statement.
    """
    return msgspec.json.decode(link.statement, type=Statement)


def decode_signatory(link: Link) -> Signatory | None:
    """Return the signatory of a link, or None once it was erased."""
    if link.signatory is None:
        return None
    return msgspec.json.decode(link.signatory, type=Signatory)


def is_intact(artist_id: str, link: Link) -> bool:
    """Return whether a link is as it was appended, as far as it shows without its neighbours."""
    try:
        statement = decode_statement(link)
    except msgspec.DecodeError:
        return False
    return (
        _digest(link.statement) == link.hash
        and statement.artist_id == artist_id
        and statement.number == link.number
        and _is_signatory_erased_or_unchanged(link, statement.commitment)
    )


def verify(artist_id: str, head: Head, links: Iterable[Link]) -> Verification:
    """Verify the stored links, in order, up to the head of the chain."""
    last = EMPTY_HEAD
    for link in links:
        if not _follows(link, last, artist_id):
            return Verification(last.number, last.hash, last.number + 1)
        last = Head(link.number, link.hash)
    return Verification(last.number, last.hash, _find_break(last, head))


def _find_break(last: Head, head: Head) -> int | None:
    """Return where a chain of valid links breaks: at the first link that only the head knows."""
    if last.number < head.number:
        return last.number + 1
    return None if last == head else max(last.number, 1)


def _follows(link: Link, last: Head, artist_id: str) -> bool:
    """Return whether the link is unchanged and stands right after `last`."""
    return (
        is_intact(artist_id, link)
        and link.number == last.number + 1
        and decode_statement(link).previous == last.hash
    )


def _is_signatory_erased_or_unchanged(link: Link, commitment: str) -> bool:
    if link.signatory is None or link.salt is None:
        return link.signatory is None and link.salt is None
    return compute_commitment(link.signatory, link.salt) == commitment


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()
