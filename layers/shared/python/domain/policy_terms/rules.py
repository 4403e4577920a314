"""The rules of policies: what an artist can lay down, kind by kind.

Unknown fields are refused wherever rules are read, in events too: to leave one out unread would be
to charge by another policy than the published one. A field added later must be optional and None
by default, or `digest` would change for what is already bound.
"""

from enum import StrEnum
from itertools import pairwise
from typing import Annotated

from msgspec import Meta

from domain.values import StrictValue

Amount = Annotated[int, Meta(ge=0, le=10**12)]
Count = Annotated[int, Meta(ge=0, le=1000)]
Hours = Annotated[int, Meta(ge=0, le=366 * 24)]
Minutes = Annotated[int, Meta(ge=0, le=24 * 60)]
Years = Annotated[int, Meta(ge=0, le=120)]
Slug = Annotated[str, Meta(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$(?!\n)", max_length=40)]


class Kind(StrEnum):
    """What a policy is about. Its value is also the `type` of its rules."""

    DEPOSIT = "deposit"
    DESIGN = "design"
    RESCHEDULE = "reschedule"
    CANCELLATION = "cancellation"
    LATE_ARRIVAL = "late_arrival"
    NO_SHOW = "no_show"
    AGE = "age"
    IMAGE_RIGHTS = "image_rights"
    CONSENT = "consent"


class Percent(StrictValue, frozen=True, tag_field="type", tag="percent"):
    """A share of the price, rounded half up to a minor unit."""

    percent: Annotated[int, Meta(ge=0, le=100)]


class Fixed(StrictValue, frozen=True, tag_field="type", tag="fixed"):
    """An amount in the currency of the booking; of a cheaper booking, its price."""

    amount: Amount


Fee = Percent | Fixed


class Tier(StrictValue, frozen=True):
    """What an act costs with fewer than `hours_before` hours left; with exactly so many, not yet.

    0 hours are fewer than none: from the moment after the start.
    """

    hours_before: Hours
    fee: Fee


Tiers = Annotated[tuple[Tier, ...], Meta(max_length=10)]


class DepositRules(StrictValue, frozen=True, tag_field="type", tag=Kind.DEPOSIT.value):
    """What is paid ahead, and until how long before the start it is given back (None: always)."""

    deposit: Fee
    refundable_until_hours: Hours | None


class DesignRules(StrictValue, frozen=True, tag_field="type", tag=Kind.DESIGN.value):
    """How many revisions of a design the price includes, and what each further one costs."""

    included_revisions: Count
    extra_revision_fee: Fee | None = None


class RescheduleRules(StrictValue, frozen=True, tag_field="type", tag=Kind.RESCHEDULE.value):
    """What moving a booking costs: by the hours left, and once `free_count` moves are used up."""

    tiers: Tiers
    free_count: Count | None = None
    fee_when_used_up: Fee | None = None

    def __post_init__(self) -> None:
        """Raise ValueError for rules that contradict themselves."""
        _check(self.tiers)
        if (self.free_count is None) != (self.fee_when_used_up is None):
            raise ValueError("freeCount and feeWhenUsedUp belong together")


class CancellationRules(StrictValue, frozen=True, tag_field="type", tag=Kind.CANCELLATION.value):
    """What cancelling costs, by the hours left."""

    tiers: Tiers

    def __post_init__(self) -> None:
        """Raise ValueError for tiers that contradict each other."""
        _check(self.tiers)


class LateArrivalRules(StrictValue, frozen=True, tag_field="type", tag=Kind.LATE_ARRIVAL.value):
    """What being more than `grace_minutes` late costs, and when the artist need not wait more."""

    grace_minutes: Minutes
    fee: Fee
    cancelled_after_minutes: Minutes | None = None

    def __post_init__(self) -> None:
        """Raise ValueError where the artist would stop waiting before lateness begins."""
        if self.cancelled_after_minutes is not None and (
            self.cancelled_after_minutes <= self.grace_minutes
        ):
            raise ValueError("cancelledAfterMinutes must be more than graceMinutes")


class NoShowRules(StrictValue, frozen=True, tag_field="type", tag=Kind.NO_SHOW.value):
    """What it costs not to come."""

    fee: Fee


class AgeRules(StrictValue, frozen=True, tag_field="type", tag=Kind.AGE.value):
    """From what age on clients come alone, and from what age on with a guardian's consent."""

    minimum_age: Years
    guardian_consent_from: Years | None = None

    def __post_init__(self) -> None:
        """Raise ValueError where consent would be asked of those who need none."""
        if self.guardian_consent_from is not None and (
            self.guardian_consent_from >= self.minimum_age
        ):
            raise ValueError("guardianConsentFrom must be less than minimumAge")


class ImageRightsRules(StrictValue, frozen=True, tag_field="type", tag=Kind.IMAGE_RIGHTS.value):
    """Where the artist may show pictures of the work."""

    portfolio: bool
    social_media: bool


class ConsentRules(StrictValue, frozen=True, tag_field="type", tag=Kind.CONSENT.value):
    """A consent form. An artist may have several, told apart by the slug `form`."""

    form: Slug
    title: Annotated[str, Meta(min_length=1, max_length=120)]
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


def kind_of(rules: Rules) -> Kind:
    """The kind of policy these rules make."""
    return Kind(str(rules.__struct_config__.tag))


def form_of(rules: Rules) -> str | None:
    """Which of the artist's consent forms this is; None for every other kind."""
    return rules.form if isinstance(rules, ConsentRules) else None


def _check(tiers: tuple[Tier, ...]) -> None:
    for earlier, later in pairwise(tiers):
        if earlier.hours_before <= later.hours_before:
            raise ValueError("tiers must go from the most hoursBefore to the fewest, each once")
        if _is_cheaper(later.fee, earlier.fee):
            raise ValueError("a tier must not cost less than the one before it")


def _is_cheaper(one: Fee, other: Fee) -> bool:
    """Whether `one` costs less at every price. A percentage and an amount cannot be compared."""
    match one, other:
        case Percent(), Percent():
            return one.percent < other.percent
        case Fixed(), Fixed():
            return one.amount < other.amount
    return False
