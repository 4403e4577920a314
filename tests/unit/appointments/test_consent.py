"""Consent: what an artist and a client may begin with each other."""

from collections.abc import Callable

import pytest

from appointments.models import Block, Person, Relation
from appointments.rules import consent
from domain.errors import DomainError
from shared.http.caller import Role

ARTIST, CLIENT = "usr_artist", "usr_client"
SET, REMOVED = Block(True, 1), Block(False, 2)
STRANGERS = Relation(ARTIST, CLIENT)
ACQUAINTED = Relation(ARTIST, CLIENT, asked=True)
BLOCKING = (
    Relation(ARTIST, CLIENT, asked=True, artist_block=SET),
    Relation(ARTIST, CLIENT, asked=True, client_block=SET),
    Relation(ARTIST, CLIENT, artist_block=REMOVED, client_block=SET),
)
RECONCILED = Relation(ARTIST, CLIENT, asked=True, artist_block=REMOVED, client_block=REMOVED)
KNOWN_CLIENT = Person(CLIENT, Role.CLIENT)
OPEN, CLOSED = Person(ARTIST, Role.ARTIST), Person(ARTIST, Role.ARTIST, books_open=False)


@pytest.mark.parametrize("relation", [ACQUAINTED, RECONCILED])
def test_an_artist_acts_for_a_client_who_asked(relation: Relation) -> None:
    consent.require_client(relation, KNOWN_CLIENT)


@pytest.mark.parametrize("relation", [None, STRANGERS])
def test_an_artist_does_not_act_for_a_client_who_never_asked(relation: Relation | None) -> None:
    with pytest.raises(DomainError) as refused:
        consent.require_client(relation, KNOWN_CLIENT)
    assert refused.value.code == "no_relation"


@pytest.mark.parametrize("user", [None, Person(CLIENT, Role.ARTIST), Person(CLIENT, Role.ADMIN)])
def test_only_clients_with_an_account_are_clients(user: Person | None) -> None:
    """Of a deleted or an unknown account there is no copy."""
    with pytest.raises(DomainError) as refused:
        consent.require_client(ACQUAINTED, user)
    assert refused.value.code == "no_relation"


@pytest.mark.parametrize("relation", BLOCKING)
def test_nothing_begins_across_a_block(relation: Relation) -> None:
    acts: tuple[Callable[[], None], ...] = (
        lambda: consent.require_client(relation, KNOWN_CLIENT),
        lambda: consent.require_bookable(relation, OPEN),
        lambda: consent.require_bookable(relation, CLOSED),
        lambda: consent.require_unblocked(relation),
    )
    for act in acts:
        with pytest.raises(DomainError) as refused:
            act()
        assert refused.value.code == "blocked"


@pytest.mark.parametrize("relation", [None, STRANGERS, ACQUAINTED, RECONCILED])
@pytest.mark.parametrize("artist", [None, OPEN])
def test_anybody_books_an_artist_with_open_books(
    relation: Relation | None, artist: Person | None
) -> None:
    consent.require_bookable(relation, artist)


def test_nobody_books_an_artist_with_closed_books() -> None:
    with pytest.raises(DomainError) as refused:
        consent.require_bookable(ACQUAINTED, CLOSED)
    assert refused.value.code == "books_closed"
