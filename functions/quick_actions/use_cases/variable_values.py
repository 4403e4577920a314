"""Values of variables, from copies of other features' records.

A variable has no value where no copy holds one. No copy can hold the next free slot; the artist's
app may ask appointments for it and send it along.
"""

from collections.abc import Iterable

from domain.money import format_money
from domain.policy_terms import CancellationRules, DepositRules, Fee, Percent, PolicyKind, in_force
from quick_actions.models import Conversation, Service
from quick_actions.rules.variables import QuickActionVariable
from quick_actions.store.copies import Copies, find_copies
from shared.platform.config import Common, from_environment


def collect(conversation: Conversation, next_slot: str | None) -> dict[str, str]:
    """Collect the values for a message to the client of a conversation, by their variables."""
    copies = find_copies(conversation.artist_id, conversation.client_id)
    terms = in_force(copies.terms, conversation.artist_id, None)
    client_name = copies.client.name if copies.client else ""
    artist_name = copies.artist.name if copies.artist else ""
    values = {
        QuickActionVariable.CLIENT_NAME: client_name,
        QuickActionVariable.CLIENT_FIRST_NAME: _first_name(client_name),
        QuickActionVariable.ARTIST_NAME: artist_name,
        QuickActionVariable.ARTIST_FIRST_NAME: _first_name(artist_name),
        QuickActionVariable.BOOKING_PAGE: _booking_page(copies),
        QuickActionVariable.NEXT_SLOT: next_slot or "",
        QuickActionVariable.DEPOSIT: _format_deposit(terms[PolicyKind.DEPOSIT].rules, copies),
        QuickActionVariable.CANCELLATION: _format_cancellation(
            terms[PolicyKind.CANCELLATION].rules, copies
        ),
        QuickActionVariable.PRICE_LIST: "\n".join(_list_prices(copies.services)),
    }
    return {variable.value: value for variable, value in values.items() if value}


def _first_name(name: str) -> str:
    return name.split(maxsplit=1)[0] if name.split() else ""


def _booking_page(copies: Copies) -> str:
    """Return the address of the artist's page in the web application; empty without a handle."""
    if copies.artist is None or copies.artist.handle is None:
        return ""
    web = from_environment(Common).allowed_origins.split(",")[0]
    return f"{web}/artists/{copies.artist.handle}"


def _list_prices(services: Iterable[Service]) -> Iterable[str]:
    for service in sorted(services, key=lambda service: (service.name.casefold(), service.id)):
        price = format_money(service.price.amount, service.price.currency)
        yield f"{service.name}: {price} ({service.duration_minutes} min)"


def _format_deposit(rules: object, copies: Copies) -> str:
    assert isinstance(rules, DepositRules)
    amount = _format_fee(rules.deposit, copies)
    if not amount or rules.refundable_until_hours is None:
        return amount
    return f"{amount}, given back until {rules.refundable_until_hours} hours before the start"


def _format_cancellation(rules: object, copies: Copies) -> str:
    assert isinstance(rules, CancellationRules)
    tiers = [(tier.hours_before, _format_fee(tier.fee, copies)) for tier in rules.tiers]
    if not tiers:
        return "free of charge"
    if not all(fee for _, fee in tiers):
        return ""
    return "; ".join(f"{fee} with less than {hours} hours left" for hours, fee in tiers)


def _format_fee(fee: Fee, copies: Copies) -> str:
    """Format a fee; empty where its currency, that of the booking, is not known."""
    if isinstance(fee, Percent):
        return f"{fee.percent} % of the price"
    currencies = {service.price.currency for service in copies.services}
    return format_money(fee.amount, currencies.pop()) if len(currencies) == 1 else ""
