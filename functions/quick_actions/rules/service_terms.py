"""Prices, deposits and cancellation fees of services, in words.

They are stated for the concrete price of each service, by the functions that charge them. Services
with the same terms share a line.
"""

from collections.abc import Callable, Mapping, Sequence

from domain.money import format_money
from domain.policy_terms import (
    DepositDemand,
    PolicyKind,
    Terms,
    describe_cancellation,
    describe_deposit,
    evaluate_deposit,
    in_force,
)
from quick_actions.models import Service

# The terms of a booking are those that were in force when it was made.
SCOPE = (
    "This is for bookings from now on, once they are confirmed and the deposit is paid. An earlier "
    "booking keeps its terms."
)


def describe_prices(services: Sequence[Service]) -> str:
    """Describe the price of each service, a line for each; empty without services."""
    return "\n".join(f"{service.name}: {_describe_price(service)}" for service in services)


def describe_deposits(
    artist_id: str, services: Sequence[Service], published: Sequence[Terms]
) -> str:
    """Describe the deposit of each service.

    Args:
        artist_id: The artist.
        services: The artist's services, in the order to be listed.
        published: Copies of the artist's policies in force.

    Returns:
        The lines; empty without services, and while the terms of one are not known.
    """
    return _describe_all(artist_id, services, published, _describe_deposit)


def describe_cancellations(
    artist_id: str, services: Sequence[Service], published: Sequence[Terms]
) -> str:
    """Describe what cancelling each service costs, as `describe_deposits` does for deposits."""
    lines = _describe_all(artist_id, services, published, _describe_cancellation)
    return f"{lines}\n{SCOPE}" if lines else ""


def _describe_all(
    artist_id: str,
    services: Sequence[Service],
    published: Sequence[Terms],
    describe: Callable[[Service, Mapping[PolicyKind, Terms]], str],
) -> str:
    if any(service.sittings is None for service in services):
        return ""
    names: dict[str, list[str]] = {}
    for service in services:
        terms = in_force(published, artist_id, service.id)
        names.setdefault(describe(service, terms), []).append(service.name)
    return "\n".join(f"{', '.join(named)}: {text}" for text, named in names.items())


def _describe_price(service: Service) -> str:
    price = format_money(service.price.amount, service.price.currency)
    if service.sittings in (None, 1):
        return f"{price} ({service.duration_minutes} min)"
    total = format_money(_compute_total(service), service.price.currency)
    return (
        f"{total} for {service.sittings} sittings, {price} each "
        f"({service.duration_minutes} min each)"
    )


def _describe_deposit(service: Service, terms: Mapping[PolicyKind, Terms]) -> str:
    price = service.price
    demand = _evaluate_deposit(service, terms)
    return describe_deposit(terms, price.amount, price.currency, demand)


def _describe_cancellation(service: Service, terms: Mapping[PolicyKind, Terms]) -> str:
    price = service.price
    demand = _evaluate_deposit(service, terms)
    first = describe_cancellation(terms, price.amount, price.currency, demand)
    if service.sittings == 1:
        return first
    others = describe_cancellation(terms, price.amount, price.currency, None)
    if others == first:
        return f"each sitting: {first}"
    return f"the first sitting: {first}. Every other sitting: {others}"


def _evaluate_deposit(service: Service, terms: Mapping[PolicyKind, Terms]) -> DepositDemand | None:
    """Return the deposit of a whole booking, which is requested with its first sitting."""
    return evaluate_deposit(
        service.deposit, service.deposit_refundable_until_hours, terms, _compute_total(service)
    )


def _compute_total(service: Service) -> int:
    return service.price.amount * (service.sittings or 1)
