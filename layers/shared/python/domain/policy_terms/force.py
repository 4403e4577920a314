"""What is in force: of each kind the newest published version, and what holds without any."""

from collections.abc import Iterable
from datetime import UTC, datetime

import msgspec

from domain.policy_terms.rules import (
    CancellationRules,
    DepositRules,
    DesignRules,
    Kind,
    Percent,
    RescheduleRules,
    Rules,
    Tier,
    form_of,
)
from domain.policy_terms.versions import Terms, text_hash, version_id


class Default(msgspec.Struct, frozen=True):
    """What holds for every artist until they publish something else: their version 1."""

    text: str
    rules: Rules


# Never to be changed, in text or rules: bookings are bound to these, and they are stored nowhere.
DEFAULTS: dict[Kind, Default] = {
    Kind.DEPOSIT: Default(
        "A deposit of 50 % of the price secures your booking. It counts towards the price. It is "
        "given back if you cancel at least 48 hours before the start; after that it is kept.",
        DepositRules(deposit=Percent(50), refundable_until_hours=48),
    ),
    Kind.DESIGN: Default(
        "The price includes up to 2 minor revisions of the design. Larger changes, or a new "
        "design, are agreed on separately.",
        DesignRules(included_revisions=2),
    ),
    Kind.RESCHEDULE: Default(
        "You can move your booking free of charge until 48 hours before the start. After that, "
        "moving it costs 50 % of the price. Your deposit moves with the booking.",
        RescheduleRules(tiers=(Tier(48, Percent(50)),)),
    ),
    Kind.CANCELLATION: Default(
        "You can cancel free of charge until 48 hours before the start. After that, cancelling "
        "costs 50 % of the price; a deposit that you paid counts towards it.",
        CancellationRules(tiers=(Tier(48, Percent(50)),)),
    ),
}
DEFAULTS_PUBLISHED_AT = datetime(2026, 1, 1, tzinfo=UTC)
DEFAULT_NUMBER = 1


def default_versions(artist_id: str) -> dict[Kind, Terms]:
    """The artist's versions number 1, which nobody stored. Raises ValueError for no user id."""
    return {
        kind: Terms(
            artist_id=artist_id,
            service_id=None,
            kind=kind,
            number=DEFAULT_NUMBER,
            version_id=version_id(artist_id, None, kind, DEFAULT_NUMBER),
            text_hash=text_hash(default.text),
            rules=default.rules,
            published_at=DEFAULTS_PUBLISHED_AT,
        )
        for kind, default in DEFAULTS.items()
    }


def first_number(kind: Kind, service_id: str | None) -> int:
    """The number of the first version that an artist publishes: 2 where a default is number 1."""
    return DEFAULT_NUMBER + 1 if service_id is None and kind in DEFAULTS else 1


def in_force(
    published: Iterable[Terms], artist_id: str, service_id: str | None
) -> dict[Kind, Terms]:
    """What holds for a service of the artist, or for services in general, consent forms apart.

    Of each kind the newest version of the service's own, else of the artist's, else the default.
    published: any versions, other artists' and services' too, but none that was withdrawn.
    """
    found = default_versions(artist_id)
    for terms in _newest(published, artist_id, service_id):
        if terms.kind is not Kind.CONSENT:
            found[terms.kind] = terms
    return found


def forms_in_force(
    published: Iterable[Terms], artist_id: str, service_id: str | None
) -> dict[str, Terms]:
    """The artist's consent forms for a service, or in general, by their slugs; as `in_force`."""
    return {
        form: terms
        for terms in _newest(published, artist_id, service_id)
        if (form := form_of(terms.rules)) is not None
    }


def _newest(published: Iterable[Terms], artist_id: str, service_id: str | None) -> Iterable[Terms]:
    """Those that may hold, each before the one that goes before it."""
    fitting = [
        terms
        for terms in published
        if terms.artist_id == artist_id and terms.service_id in (None, service_id)
    ]
    return sorted(fitting, key=lambda terms: (terms.service_id is not None, terms.number))
