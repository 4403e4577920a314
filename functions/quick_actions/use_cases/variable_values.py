"""Values of variables, from copies of other features' records.

A variable has no value where no copy holds one. No copy can hold the next free slot; the artist's
app may ask appointments for it and send it along.
"""

import msgspec

from domain.errors import FieldError, InvalidFields
from quick_actions.models import Conversation, Service
from quick_actions.rules import service_terms
from quick_actions.rules.variables import QuickActionVariable
from quick_actions.store.copies import Copies, find_copies
from shared.http.booking_statements import BookingStatement
from shared.platform.config import Common, from_environment


class GivenValues(msgspec.Struct, frozen=True):
    """What a request gives for the variables of a text.

    Attributes:
        next_slot: Value of the variable of this name.
        service_id: The service whose price and terms are stated; None for all services.
        booking: Statement about the booking whose price and terms are stated instead.
    """

    next_slot: str | None = None
    service_id: str | None = None
    booking: BookingStatement | None = None


def collect(conversation: Conversation, given: GivenValues) -> dict[str, str]:
    """Collect the values for a message to the client of a conversation, by their variables.

    Args:
        conversation: The conversation.
        given: What the request gives.

    Raises:
        InvalidFields: The artist has no such service.
    """
    copies = find_copies(conversation.artist_id, conversation.client_id)
    client_name = copies.client.name if copies.client else ""
    artist_name = copies.artist.name if copies.artist else ""
    values = {
        QuickActionVariable.CLIENT_NAME: client_name,
        QuickActionVariable.CLIENT_FIRST_NAME: _first_name(client_name),
        QuickActionVariable.ARTIST_NAME: artist_name,
        QuickActionVariable.ARTIST_FIRST_NAME: _first_name(artist_name),
        QuickActionVariable.BOOKING_PAGE: _booking_page(copies),
        QuickActionVariable.NEXT_SLOT: given.next_slot or "",
        **_state_terms(copies, conversation.artist_id, given),
    }
    return {variable.value: value for variable, value in values.items() if value}


def _state_terms(
    copies: Copies, artist_id: str, given: GivenValues
) -> dict[QuickActionVariable, str]:
    """State prices and terms: of one booking as it was agreed, else of services from now on."""
    if given.booking is not None:
        return {
            QuickActionVariable.DEPOSIT: given.booking.deposit,
            QuickActionVariable.CANCELLATION: given.booking.cancellation,
            QuickActionVariable.PRICE_LIST: given.booking.price,
        }
    services, terms = _list_services(copies, given.service_id), copies.terms
    return {
        QuickActionVariable.DEPOSIT: service_terms.describe_deposits(artist_id, services, terms),
        QuickActionVariable.CANCELLATION: service_terms.describe_cancellations(
            artist_id, services, terms
        ),
        QuickActionVariable.PRICE_LIST: service_terms.describe_prices(services),
    }


def _list_services(copies: Copies, service_id: str | None) -> list[Service]:
    """List the services to state, by name.

    Raises:
        InvalidFields: The artist has no such service.
    """
    services = [service for service in copies.services if service_id in (None, service.id)]
    if service_id is not None and not services:
        raise InvalidFields(FieldError("body.serviceId", "is not a service of yours"))
    return sorted(services, key=lambda service: (service.name.casefold(), service.id))


def _first_name(name: str) -> str:
    return name.split(maxsplit=1)[0] if name.split() else ""


def _booking_page(copies: Copies) -> str:
    """Return the address of the artist's page in the web application; empty without a handle."""
    if copies.artist is None or copies.artist.handle is None:
        return ""
    web = from_environment(Common).allowed_origins.split(",")[0]
    return f"{web}/artists/{copies.artist.handle}"
