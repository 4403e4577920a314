"""Values of variables, from copies of other features' records.

A variable has no value where no copy holds one. No copy can hold the next free slot; the artist's
app may ask appointments for it and send it along.
"""

from domain.errors import FieldError, InvalidFields
from quick_actions.models import Conversation, Service
from quick_actions.rules import service_terms
from quick_actions.rules.variables import QuickActionVariable
from quick_actions.store.copies import Copies, find_copies
from shared.platform.config import Common, from_environment


def collect(
    conversation: Conversation, next_slot: str | None, service_id: str | None
) -> dict[str, str]:
    """Collect the values for a message to the client of a conversation, by their variables.

    Args:
        conversation: The conversation.
        next_slot: Value of the variable of this name.
        service_id: The service whose price and terms are stated; None for all services.

    Raises:
        InvalidFields: The artist has no such service.
    """
    copies = find_copies(conversation.artist_id, conversation.client_id)
    services = _list_services(copies, service_id)
    client_name = copies.client.name if copies.client else ""
    artist_name = copies.artist.name if copies.artist else ""
    values = {
        QuickActionVariable.CLIENT_NAME: client_name,
        QuickActionVariable.CLIENT_FIRST_NAME: _first_name(client_name),
        QuickActionVariable.ARTIST_NAME: artist_name,
        QuickActionVariable.ARTIST_FIRST_NAME: _first_name(artist_name),
        QuickActionVariable.BOOKING_PAGE: _booking_page(copies),
        QuickActionVariable.NEXT_SLOT: next_slot or "",
        QuickActionVariable.DEPOSIT: service_terms.describe_deposits(
            conversation.artist_id, services, copies.terms
        ),
        QuickActionVariable.CANCELLATION: service_terms.describe_cancellations(
            conversation.artist_id, services, copies.terms
        ),
        QuickActionVariable.PRICE_LIST: service_terms.describe_prices(services),
    }
    return {variable.value: value for variable, value in values.items() if value}


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
