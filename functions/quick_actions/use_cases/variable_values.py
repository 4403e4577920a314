"""The values of variables, out of copies of what other features own.

What no copy knows has no value: nothing is made up. The next free slot is such a thing; the
artist's app may ask appointments for it and give it along.
"""

from collections.abc import Iterable

from domain.money import format_money
from domain.policy_terms import CancellationRules, DepositRules, Fee, Kind, Percent, in_force
from quick_actions.models import Conversation, Service
from quick_actions.rules.variables import Variable
from quick_actions.store import Copies, find_copies
from shared.platform.config import Common, from_environment


def known(conversation: Conversation, next_slot: str | None) -> dict[str, str]:
    """The values there are for a message to this client, by the names of their variables."""
    copies = find_copies(conversation.artist_id, conversation.client_id)
    terms = in_force(copies.terms, conversation.artist_id, None)
    values = {
        Variable.CLIENT_NAME: copies.client.name if copies.client else "",
        Variable.ARTIST_NAME: copies.artist.name if copies.artist else "",
        Variable.BOOKING_PAGE: _booking_page(copies),
        Variable.NEXT_SLOT: next_slot or "",
        Variable.DEPOSIT: _deposit(terms[Kind.DEPOSIT].rules, copies),
        Variable.CANCELLATION: _cancellation(terms[Kind.CANCELLATION].rules, copies),
        Variable.PRICE_LIST: "\n".join(_prices(copies.services)),
    }
    values[Variable.CLIENT_FIRST_NAME] = _first(values[Variable.CLIENT_NAME])
    values[Variable.ARTIST_FIRST_NAME] = _first(values[Variable.ARTIST_NAME])
    return {name.value: value for name, value in values.items() if value}


def _first(name: str) -> str:
    return name.split(maxsplit=1)[0] if name.split() else ""


def _booking_page(copies: Copies) -> str:
    """The artist's page in the web application, where slots are shown; none without a handle."""
    if copies.artist is None or copies.artist.handle is None:
        return ""
    web = from_environment(Common).allowed_origins.split(",")[0]
    return f"{web}/artists/{copies.artist.handle}"


def _prices(services: Iterable[Service]) -> Iterable[str]:
    for service in sorted(services, key=lambda service: (service.name.casefold(), service.id)):
        price = format_money(service.price.amount, service.price.currency)
        yield f"{service.name}: {price} ({service.duration_minutes} min)"


def _deposit(rules: object, copies: Copies) -> str:
    assert isinstance(rules, DepositRules)
    amount = _fee(rules.deposit, copies)
    if not amount or rules.refundable_until_hours is None:
        return amount
    return f"{amount}, given back until {rules.refundable_until_hours} hours before the start"


def _cancellation(rules: object, copies: Copies) -> str:
    assert isinstance(rules, CancellationRules)
    tiers = [(tier.hours_before, _fee(tier.fee, copies)) for tier in rules.tiers]
    if not tiers:
        return "free of charge"
    if not all(fee for _, fee in tiers):
        return ""
    return "; ".join(f"{fee} with less than {hours} hours left" for hours, fee in tiers)


def _fee(fee: Fee, copies: Copies) -> str:
    """The fee for people; nothing where its currency, that of the booking, cannot be known."""
    if isinstance(fee, Percent):
        return f"{fee.percent} % of the price"
    currencies = {service.price.currency for service in copies.services}
    return format_money(fee.amount, currencies.pop()) if len(currencies) == 1 else ""
