"""Default policies: version 1 of some kinds, which every artist has without publishing anything.

They are computed and stored nowhere, and bookings are bound to them: they must never change.
"""

from datetime import UTC, datetime

import msgspec

from domain.policy_terms.rules import (
    CancellationRules,
    DepositRules,
    DesignRules,
    Percent,
    PolicyKind,
    RescheduleRules,
    Rules,
    Tier,
)
from domain.policy_terms.versions import Terms, text_hash, version_id


class Default(msgspec.Struct, frozen=True):
    """The text and rules of a default policy."""

    text: str
    rules: Rules


# Never to be changed, in text or rules: bookings are bound to these, and they are stored nowhere.
DEFAULTS: dict[PolicyKind, Default] = {
    PolicyKind.DEPOSIT: Default(
        "A deposit of 50 % of the price secures your booking. It counts towards the price. It is "
        "given back if you cancel at least 48 hours before the start; after that it is kept.",
        DepositRules(deposit=Percent(50), refundable_until_hours=48),
    ),
    PolicyKind.DESIGN: Default(
        "The price includes up to 2 minor revisions of the design. Larger changes, or a new "
        "design, are agreed on separately.",
        DesignRules(included_revisions=2),
    ),
    PolicyKind.RESCHEDULE: Default(
        "You can move your booking free of charge until 48 hours before the start. After that, "
        "moving it costs 50 % of the price. Your deposit moves with the booking.",
        RescheduleRules(tiers=(Tier(48, Percent(50)),)),
    ),
    PolicyKind.CANCELLATION: Default(
        "You can cancel free of charge until 48 hours before the start. After that, cancelling "
        "costs 50 % of the price; a deposit that you paid counts towards it.",
        CancellationRules(tiers=(Tier(48, Percent(50)),)),
    ),
}
DEFAULTS_PUBLISHED_AT = datetime(2026, 1, 1, tzinfo=UTC)
DEFAULT_NUMBER = 1


def default_versions(artist_id: str) -> dict[PolicyKind, Terms]:
    """Return the terms of an artist's default versions, by kind.

    Raises:
        ValueError: The id is not that of a user.
    """
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


def first_number(kind: PolicyKind, service_id: str | None) -> int:
    """Return the number of the first version that an artist publishes: 2 if 1 is the default."""
    return DEFAULT_NUMBER + 1 if service_id is None and kind in DEFAULTS else 1
