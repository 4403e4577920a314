"""Rules of policies: the terms that an artist can set for each kind of policy.

Unknown fields are refused wherever rules are decoded, in events too: to skip a field would mean to
charge by another policy than the published one. A field that is added later must be optional and
default to None, or `digest` would change for the terms that bookings are bound to already.
"""

from enum import StrEnum
from itertools import pairwise
from typing import Annotated

from msgspec import Meta

from domain.money import MinorUnits
from domain.types import REQUESTED_LINE
from domain.values import StrictValue

Amount = Annotated[
    MinorUnits,
    Meta(
        description="Amount in minor units of the booking's currency: 2500 is 25.00 EUR.",
        examples=[2500],
    ),
]
Count = Annotated[int, Meta(ge=0, le=1000, description="Number of times.", examples=[2])]
Hours = Annotated[
    int,
    Meta(ge=0, le=366 * 24, description="Hours before the start of the booking.", examples=[48]),
]
PaymentHours = Annotated[
    int,
    Meta(ge=1, le=366 * 24, description="Hours after the request of a payment.", examples=[48]),
]
Minutes = Annotated[
    int,
    Meta(ge=0, le=24 * 60, description="Minutes after the start of the booking.", examples=[15]),
]
Years = Annotated[int, Meta(ge=0, le=120, description="Age in years.", examples=[18])]
Slug = Annotated[
    str,
    Meta(
        pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$(?!\n)",
        max_length=40,
        description="Slug of a consent form: lowercase letters, digits and single hyphens.",
        examples=["tattoo-waiver"],
    ),
]


class PolicyKind(StrEnum):
    """The kind of a policy. The value is also the `type` of its rules."""

    DEPOSIT = "deposit"
    DESIGN = "design"
    RESCHEDULE = "reschedule"
    CANCELLATION = "cancellation"
    LATE_ARRIVAL = "late_arrival"
    NO_SHOW = "no_show"
    AGE = "age"
    IMAGE_RIGHTS = "image_rights"
    CONSENT = "consent"


Kind = PolicyKind  # the name that other features still import


class Percent(StrictValue, frozen=True, tag_field="type", tag="percent"):
    """A share of the price, rounded half up to a minor unit.

    Attributes:
        percent: Share of the price in percent. Example: 50
    """

    percent: Annotated[int, Meta(ge=0, le=100)]


class Fixed(StrictValue, frozen=True, tag_field="type", tag="fixed"):
    """An amount in the currency of the booking, capped at its price."""

    amount: Amount


Fee = Percent | Fixed


class Tier(StrictValue, frozen=True):
    """A fee that applies when fewer than `hoursBefore` hours are left, but not at exactly so many.

    Attributes:
        hours_before: Hours left before the start; 0 applies after the start. Example: 48
        fee: Fee for acting this late.
    """

    hours_before: Hours
    fee: Fee


Tiers = Annotated[
    tuple[Tier, ...],
    Meta(
        max_length=10,
        description="Fees by the time left, from the most hours to the fewest. A later tier "
        "never costs less than the one before it.",
    ),
]


class WhenUnpaid(StrEnum):
    """What happens to the dates of a booking whose deposit is unpaid when it is due.

    `release` cancels them free of charge; `keep` keeps them and notifies the artist.
    """

    RELEASE = "release"
    KEEP = "keep"


class DepositRules(StrictValue, frozen=True, tag_field="type", tag=PolicyKind.DEPOSIT.value):
    """The deposit that secures a booking, and until when it is refundable.

    Attributes:
        deposit: Amount to be paid in advance.
        refundable_until_hours: Hours before the start until which the deposit is refunded; null
            if it always is. Example: 48
        due_within_hours: Hours after the request within which the deposit is to be paid, at the
            latest until the start of the booking; null for 48. Example: 48
        when_unpaid: What happens to the dates if it is not; null for `release`.
    """

    deposit: Fee
    refundable_until_hours: Hours | None
    due_within_hours: PaymentHours | None = None
    when_unpaid: WhenUnpaid | None = None


class DesignRules(StrictValue, frozen=True, tag_field="type", tag=PolicyKind.DESIGN.value):
    """The design revisions that the price includes, and the fee for each further one.

    Attributes:
        included_revisions: Number of revisions that the price includes. Example: 2
        extra_revision_fee: Fee for each further revision; null if these are agreed on separately.
    """

    included_revisions: Count
    extra_revision_fee: Fee | None = None


class RescheduleRules(StrictValue, frozen=True, tag_field="type", tag=PolicyKind.RESCHEDULE.value):
    """The fees for moving a booking: by the hours left, and once the free moves are used up.

    Attributes:
        free_count: Number of moves before `feeWhenUsedUp` applies; null for no such limit.
            Example: 1
        fee_when_used_up: Fee for each further move, if it is more than the fee of the tier. It is
            set exactly if `freeCount` is.
    """

    tiers: Tiers
    free_count: Count | None = None
    fee_when_used_up: Fee | None = None

    def __post_init__(self) -> None:
        """Check that the rules do not contradict each other.

        Raises:
            ValueError: The tiers are not in order, or only one of `free_count` and
                `fee_when_used_up` is set.
        """
        _require_ordered(self.tiers)
        if (self.free_count is None) != (self.fee_when_used_up is None):
            raise ValueError("freeCount and feeWhenUsedUp belong together")


class CancellationRules(
    StrictValue, frozen=True, tag_field="type", tag=PolicyKind.CANCELLATION.value
):
    """The fees for cancelling a booking, by the hours left."""

    tiers: Tiers

    def __post_init__(self) -> None:
        """Check that the tiers do not contradict each other.

        Raises:
            ValueError: The tiers are not in order.
        """
        _require_ordered(self.tiers)


class LateArrivalRules(
    StrictValue, frozen=True, tag_field="type", tag=PolicyKind.LATE_ARRIVAL.value
):
    """The fee for arriving late, and how long the artist waits.

    Attributes:
        grace_minutes: Minutes of delay that cost nothing. Example: 15
        fee: Fee for arriving later than that.
        cancelled_after_minutes: Minutes of delay after which the artist need not wait any longer;
            null for no such limit. More than `graceMinutes`. Example: 30
    """

    grace_minutes: Minutes
    fee: Fee
    cancelled_after_minutes: Minutes | None = None

    def __post_init__(self) -> None:
        """Check that the artist waits at least as long as the delay is free.

        Raises:
            ValueError: `cancelled_after_minutes` is not more than `grace_minutes`.
        """
        if self.cancelled_after_minutes is not None and (
            self.cancelled_after_minutes <= self.grace_minutes
        ):
            raise ValueError("cancelledAfterMinutes must be more than graceMinutes")


class NoShowRules(StrictValue, frozen=True, tag_field="type", tag=PolicyKind.NO_SHOW.value):
    """The fee for not showing up.

    Attributes:
        fee: Fee for a missed booking.
    """

    fee: Fee


class AgeRules(StrictValue, frozen=True, tag_field="type", tag=PolicyKind.AGE.value):
    """The age from which clients can book, alone or with a guardian's consent.

    Attributes:
        minimum_age: Age in years from which a client needs nobody's consent. Example: 18
        guardian_consent_from: Age in years from which a client can book with a guardian's
            consent; null if there is no such age. Less than `minimumAge`. Example: 16
    """

    minimum_age: Years
    guardian_consent_from: Years | None = None

    def __post_init__(self) -> None:
        """Check that consent is asked only of clients below the minimum age.

        Raises:
            ValueError: `guardian_consent_from` is not less than `minimum_age`.
        """
        if self.guardian_consent_from is not None and (
            self.guardian_consent_from >= self.minimum_age
        ):
            raise ValueError("guardianConsentFrom must be less than minimumAge")


class ImageRightsRules(
    StrictValue, frozen=True, tag_field="type", tag=PolicyKind.IMAGE_RIGHTS.value
):
    """The places where the artist may show pictures of the work.

    Attributes:
        portfolio: Whether the artist may show them in their portfolio.
        social_media: Whether the artist may show them on social media.
    """

    portfolio: bool
    social_media: bool


class ConsentRules(StrictValue, frozen=True, tag_field="type", tag=PolicyKind.CONSENT.value):
    """A consent form. An artist may have several of them.

    Attributes:
        form: Slug that tells the artist's consent forms apart.
        title: Title of the form, for people. Example: Tattoo waiver
        requires_signature: Whether the client must sign with their typed name.
    """

    form: Slug
    title: Annotated[str, REQUESTED_LINE, Meta(min_length=1, max_length=120)]
    requires_signature: bool = True


Rules = (
    DepositRules
    | DesignRules
    | RescheduleRules
    | CancellationRules
    | LateArrivalRules
    | NoShowRules
    | AgeRules
    | ImageRightsRules
    | ConsentRules
)


def kind_of(rules: Rules) -> PolicyKind:
    """Return the kind of policy that has these rules."""
    return PolicyKind(str(rules.__struct_config__.tag))


def form_of(rules: Rules) -> str | None:
    """Return the slug of the consent form; None for every other kind of policy."""
    return rules.form if isinstance(rules, ConsentRules) else None


def _require_ordered(tiers: tuple[Tier, ...]) -> None:
    for earlier, later in pairwise(tiers):
        if earlier.hours_before <= later.hours_before:
            raise ValueError("tiers must go from the most hoursBefore to the fewest, each once")
        if _is_cheaper(later.fee, earlier.fee):
            raise ValueError("a tier must not cost less than the one before it")


def _is_cheaper(fee: Fee, other: Fee) -> bool:
    """Return whether `fee` is less at every price; a percentage and an amount never compare."""
    match fee, other:
        case Percent(), Percent():
            return fee.percent < other.percent
        case Fixed(), Fixed():
            return fee.amount < other.amount
    return False
