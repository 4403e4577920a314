"""What artists ask of their clients, and are answered; and what is heard of appointments."""

from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

from profiles.models.clients import VisitStatus
from profiles.models.pages import Money
from shared.http.decoding import Input, Output


class NoteRequest(Input, frozen=True):
    """What to note down."""

    text: Annotated[str, Meta(min_length=1, max_length=4000, pattern=r"\S")]


class ClientSummary(Output, frozen=True):
    """Somebody who had to do with the artist, and what became of it.

    `visits` were completed; `spend` is what they cost, one amount per currency. `since`: when they
    first had to do with each other.
    """

    client_id: str
    name: str
    avatar: str | None
    since: datetime
    visits: int
    no_shows: int
    cancelled: int
    spend: list[Money]
    last_visit_at: datetime | None
    next_visit_at: datetime | None


class Clients(Output, frozen=True):
    """The artist's clients, by their ids."""

    items: list[ClientSummary]
    next_cursor: str | None


class VisitView(Output, frozen=True):
    """An appointment that was agreed once, and what became of it."""

    appointment_id: str
    service_id: str
    service_name: str
    starts_at: datetime
    ends_at: datetime
    time_zone: str
    status: VisitStatus
    price: Money


class ClientHistory(Output, frozen=True):
    """A client, and one page of their visits, the latest first."""

    client: ClientSummary
    items: list[VisitView]
    next_cursor: str | None


class NoteView(Output, frozen=True):
    """What the artist noted down. Nobody else sees it."""

    id: str
    client_id: str
    text: str
    created_at: datetime
    updated_at: datetime


class Notes(Output, frozen=True):
    """An artist's notes of a client, the newest first."""

    items: list[NoteView]
    next_cursor: str | None


# ---- what is heard -----------------------------------------------------------------------------


class PriceHeard(Struct, frozen=True):
    """A price in minor units, as it is told."""

    amount: int
    currency: str


class AppointmentHeard(Struct, frozen=True, rename="camel"):
    """`appointment.*`, only what is read here. client_id: None for a walk-in without account."""

    appointment_id: str
    artist_id: str
    client_id: str | None
    service_id: str
    service_name: str
    starts_at: datetime
    ends_at: datetime
    time_zone: str
    status: str
    price: PriceHeard
    record_version: int


class ConversationOpened(Struct, frozen=True, rename="camel"):
    """`conversation.opened`, only what is read here."""

    artist_id: str
    client_id: str
