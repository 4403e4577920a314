"""Responses for an artist's clients."""

from domain import types
from domain.money import Money
from profiles.models.visits import VisitStatus
from shared.http.decoding import Output


class ClientSummary(Output, frozen=True):
    """A client of the artist, with the totals of their visits.

    Attributes:
        name: Name of the client. Example: Ada Lovelace
        avatar: Id of the avatar's image, if there is one.
        since: Time of the first contact.
        visits: Number of completed visits. Example: 3
        no_shows: Number of visits the client missed. Example: 0
        cancelled: Number of cancelled visits. Example: 1
        spend: Prices of the completed visits, one sum per currency.
        last_visit_at: Start of the last completed visit.
        next_visit_at: Start of the next confirmed visit.
    """

    client_id: types.ClientId
    name: str
    avatar: types.FileId | None
    since: types.Instant
    visits: int
    no_shows: int
    cancelled: int
    spend: list[Money]
    last_visit_at: types.Instant | None
    next_visit_at: types.Instant | None


class ClientList(Output, frozen=True):
    """The artist's clients, ordered by id.

    Attributes:
        items: Clients.
    """

    items: list[ClientSummary]
    next_cursor: types.NextCursor


class VisitView(Output, frozen=True):
    """An appointment that was confirmed at some time.

    Attributes:
        service_name: Name of the service. Example: Fine line tattoo
        starts_at: Start of the appointment.
        ends_at: End of the appointment.
        time_zone: IANA time zone of the appointment.
        status: State of the visit.
        price: Price of the appointment.
    """

    appointment_id: types.AppointmentId
    service_id: types.ServiceId
    service_name: str
    starts_at: types.Instant
    ends_at: types.Instant
    time_zone: types.TimeZone
    status: VisitStatus
    price: Money


class ClientHistory(Output, frozen=True):
    """A client with a page of their visits.

    Attributes:
        client: The client.
        items: Visits, latest first.
    """

    client: ClientSummary
    items: list[VisitView]
    next_cursor: types.NextCursor
