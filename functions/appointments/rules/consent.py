"""Consent: what an artist and a client may begin with each other.

Whoever acts, nothing begins across a block. An artist acts for a client only after the client has
asked for something; what the artist does unasked is never a reason. What ends, pays or settles an
agreement needs no consent.
"""

from appointments.models import Person, Relation
from appointments.rules.errors import NoRelation
from domain.errors import Blocked, BooksClosed
from shared.http.caller import Role


def require_client(relation: Relation | None, client: Person | None) -> None:
    """Check that an artist may book, propose or plan something for a client.

    A client who is unknown, whose account was deleted, or who is no client, gets the same answer as
    one who has not asked for anything.

    Args:
        relation: Relation of the artist and the client, if there is one.
        client: Copy of the client; None if there is no such user any more.

    Raises:
        Blocked: One of the two blocks the other.
        NoRelation: The client has not asked the artist for anything.
    """
    require_unblocked(relation)
    is_client = client is not None and client.role is Role.CLIENT
    if relation is None or not relation.asked or not is_client:
        raise NoRelation("You can only do this for clients who have contacted you.")


def require_movable(relation: Relation | None, client: Person | None) -> None:
    """Check that an artist may confirm or move an appointment of a client.

    Args:
        relation: Relation of the artist and the client, if there is one.
        client: Copy of the client; None once their account was deleted.

    Raises:
        Blocked: One of the two blocks the other.
        NoRelation: The client's account was deleted.
    """
    require_unblocked(relation)
    if client is None:
        raise NoRelation("The client's account was deleted; you can still end the appointment.")


def require_bookable(relation: Relation | None, artist: Person | None) -> None:
    """Check that a client may book or hold something with an artist.

    Args:
        relation: Relation of the artist and the client, if there is one.
        artist: Copy of the artist. One who is not known yet takes bookings.

    Raises:
        Blocked: One of the two blocks the other.
        BooksClosed: The artist takes no new bookings.
    """
    require_unblocked(relation)
    if not has_open_books(artist):
        raise BooksClosed("This artist takes no new bookings at present.")


def require_unblocked(relation: Relation | None) -> None:
    """Check that neither of two people blocks the other.

    Raises:
        Blocked: One of them does.
    """
    if relation is not None and relation.is_blocked:
        raise _blocked()


def require_admitted(*, is_banned: bool) -> None:
    """Check that the platform does not ban whom something is to begin with.

    Raises:
        Blocked: It does. The answer is that of a block, so that it does not reveal the ban.
    """
    if is_banned:
        raise _blocked()


def _blocked() -> Blocked:
    return Blocked("This is not possible because one of you blocks the other.")


def is_affected(relation: Relation | None) -> bool:
    """Return whether a booking may begin the relation of its client, or end their wait."""
    return relation is None or not relation.asked or relation.may_wait


def has_open_books(artist: Person | None) -> bool:
    """Return whether an artist takes new bookings; one who is not known yet does."""
    return artist is None or artist.books_open
