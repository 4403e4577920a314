"""Channels: the providers that deliver messages, and how they fail.

The module of each provider imports its library, so only the channel's own worker imports the
module. The messages of these exceptions hold no address and no text, because they are logged and
shown in timelines.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Self

import msgspec

from notifications.models import Delivery
from shared.platform import correlation
from shared.platform.logs import logger

TIMEOUT_SECONDS = 5  # of each connection and response
SEND_SECONDS = 35  # the longest that one message takes: an SMTP server responds seven times
NOT_ASKABLE = "not_askable"


class RetrySettings(msgspec.Struct, frozen=True):
    """Settings of retries.

    Attributes:
        retry_base_seconds: Wait before the second attempt; each further wait doubles.
    """

    retry_base_seconds: int = 30


class OutcomeKind(StrEnum):
    """How an attempt to hand a delivery over ended."""

    ACCEPTED = "accepted"
    TEMPORARY = "temporary"
    REJECTED = "rejected"
    UNKNOWN = "unknown"
    SUPPRESSED = "suppressed"


class Outcome(msgspec.Struct, frozen=True):
    """The outcome of an attempt to hand a delivery over.

    Attributes:
        reference: The provider's reference of a delivery that it accepted, if it gives one.
        reason: Stable name of the reason why it did not.
        detail: The provider's code for it; no address and no text.
        after_seconds: The wait that the provider asked for, after a temporary failure.
        subscription_gone: Whether the browser no longer receives push messages.
    """

    kind: OutcomeKind
    reference: str | None = None
    reason: str | None = None
    detail: str = ""
    after_seconds: int = 0
    subscription_gone: bool = False

    @classmethod
    def accepted(cls, reference: str | None) -> Self:
        """Return the outcome of a delivery that the provider has accepted."""
        return cls(OutcomeKind.ACCEPTED, reference)

    @classmethod
    def temporary(cls, reason: str, detail: str = "", after_seconds: int = 0) -> Self:
        """Return the outcome of a delivery that surely was not accepted, and may be later."""
        return cls(OutcomeKind.TEMPORARY, reason=reason, detail=detail, after_seconds=after_seconds)

    @classmethod
    def rejected(cls, reason: str, detail: str = "") -> Self:
        """Return the outcome of a delivery that the provider will never accept."""
        return cls(OutcomeKind.REJECTED, reason=reason, detail=detail)

    @classmethod
    def unknown(cls, reason: str, detail: str = "") -> Self:
        """Return the outcome of a delivery that was handed over without an answer."""
        return cls(OutcomeKind.UNKNOWN, reason=reason, detail=detail)

    @classmethod
    def suppressed(cls, reason: str) -> Self:
        """Return the outcome of a delivery that is not to be sent."""
        return cls(OutcomeKind.SUPPRESSED, reason=reason)

    @classmethod
    def from_error(cls, error: "ProviderError") -> Self:
        """Return the outcome that an exception of a provider means."""
        match error:
            case NotConfigured():
                return cls.suppressed(error.reason)
            case Unanswered():
                return cls.unknown(error.reason, error.detail)
            case TemporaryFailure():
                return cls.temporary(error.reason, error.detail, error.after_seconds)
        outcome = cls.rejected(error.reason, error.detail)
        is_gone = isinstance(error, SubscriptionGone)
        return msgspec.structs.replace(outcome, subscription_gone=is_gone)


MayBegin = Callable[[Delivery], bool]
DeliveryOutcome = tuple[Delivery, Outcome]


class Provider(ABC):
    """A provider that sends the deliveries of one channel.

    Attributes:
        recognises_copies: Whether whoever receives a second copy of a delivery sees that it is one,
            by its Message-ID or Topic. Only then is a delivery repeated whose fate is unknown.
        needed_seconds: The longest that one delivery takes; none is begun with less time left.
        name: Name of the provider, by which operators stop it; a chain names its own.
    """

    recognises_copies: bool = False
    needed_seconds: int = SEND_SECONDS
    name: str = ""
    _stopped: Collection[str] = ()

    @abstractmethod
    def send(self, delivery: Delivery) -> str | None:
        """Send a delivery and return the provider's reference, if it gives one.

        Raises:
            ProviderError: One of the classes below. Unanswered when the delivery was handed over
                and nothing is known of it since; any other class when it surely was not accepted.
        """

    def send_all(
        self, deliveries: Sequence[Delivery], may_begin: MayBegin
    ) -> Iterator[DeliveryOutcome]:
        """Send the deliveries of a batch, and yield the outcome of each as soon as it is known.

        Those that are not yielded were not begun. One by one here; a provider that has a faster
        way overrides it.

        Args:
            deliveries: The deliveries, those first that are to be sent first.
            may_begin: To be asked right before each delivery: whether there is time for it, and
                its recipient and origin have not used up what a batch has for them. Asked again of
                the same delivery, it says whether there still is time.
        """
        for delivery in deliveries:
            if may_begin(delivery):
                with correlation.bound(delivery.correlation_id):
                    outcome = self._attempt(delivery)
                yield delivery, outcome

    def find(self, delivery: Delivery) -> Outcome | None:  # noqa: ARG002
        """Ask the provider for a delivery whose fate is unknown.

        Returns:
            What the provider says; None if it surely does not have the delivery, so that it may be
            sent; Outcome.unknown if the provider cannot be asked, or not yet.

        Raises:
            ProviderError: The provider did not say.
        """
        return Outcome.unknown(NOT_ASKABLE)

    def recognises_copy(self, delivery: Delivery) -> bool:  # noqa: ARG002
        """Return whether a second copy of this delivery would be recognised as one."""
        return self.recognises_copies

    def find_origins(self, deliveries: Sequence[Delivery]) -> Mapping[str, str]:  # noqa: ARG002
        """Return the origin that each delivery goes to, by the delivery's id; called once a batch.

        A provider that delivers to servers of many, such as push services, names them: one that is
        slow delays no deliveries to others.
        """
        return {}

    def stop(self, names: Collection[str]) -> None:
        """Send nothing through the providers of these names."""
        self._stopped = names

    def list_stopped(self, delivery: Delivery) -> list[str]:  # noqa: ARG002
        """List the stopped providers that a delivery has to wait for; none if one can take it."""
        return [self.name] if self.name in self._stopped else []

    def close(self) -> None:  # noqa: B027
        """Close the connections, if there are any."""

    def _attempt(self, delivery: Delivery) -> Outcome:
        try:
            return Outcome.accepted(self.send(delivery))
        except ProviderError as error:
            return Outcome.from_error(error)
        except Exception as error:
            logger.exception("delivery failed", delivery_id=delivery.id)
            # It may have been raised after the hand-over.
            failed = Outcome.temporary if self.recognises_copies else Outcome.unknown
            return failed("internal_error", type(error).__name__)


class ProviderError(Exception):
    """The delivery was not sent.

    Attributes:
        reason: Stable name of the reason.
        detail: The provider's code for it.
    """

    reason = ""

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail)
        self.detail = detail


class NotConfigured(ProviderError):
    """This environment has no credentials for the provider."""

    reason = "not_configured"


class Rejected(ProviderError):
    """The provider will never accept the delivery: a wrong address or a refused text."""

    reason = "rejected"


class NotSupported(Rejected):
    """This provider cannot take the delivery, and another one may."""

    reason = "not_supported"


class SubscriptionGone(Rejected):
    """The browser no longer receives push messages."""

    reason = "subscription_gone"


class TemporaryFailure(ProviderError):
    """A later attempt may succeed.

    Attributes:
        after_seconds: The wait that the provider asked for.
    """

    def __init__(self, detail: str, after_seconds: int = 0) -> None:
        super().__init__(detail)
        self.after_seconds = after_seconds


class Throttled(TemporaryFailure):
    """Too many messages at once."""

    reason = "throttled"


class SenderRefused(TemporaryFailure):
    """The provider refuses us, whoever the recipient is: our reputation, account or number."""

    reason = "sender_refused"


class ProviderUnavailable(TemporaryFailure):
    """The provider was not reached, or failed in a way that passes or that an operator repairs."""

    reason = "provider_unavailable"


class Unanswered(ProviderError):
    """The delivery was handed over, and the provider's answer did not come in time."""

    reason = "no_answer"
