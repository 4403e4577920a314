"""Batches of mails, as the providers of mail take them."""

from collections import deque
from collections.abc import Iterator, Mapping, Sequence

from notifications.channels import (
    DeliveryOutcome,
    MayBegin,
    NotConfigured,
    Outcome,
    OutcomeKind,
    Provider,
    ProviderError,
    ProviderUnavailable,
    Rejected,
    Unanswered,
)
from notifications.channels.mail import Composer, Mail, NotComposed
from notifications.models import Delivery
from shared.platform.logs import logger

Pending = tuple[Delivery, Mail]

_ERRORS: Mapping[OutcomeKind, type[ProviderError]] = {
    OutcomeKind.TEMPORARY: ProviderUnavailable,
    OutcomeKind.REJECTED: Rejected,
    OutcomeKind.UNKNOWN: Unanswered,
    OutcomeKind.SUPPRESSED: NotConfigured,
}


class BatchProvider(Provider):
    """A provider that sends the deliveries of a batch together."""

    def send(self, delivery: Delivery) -> str | None:
        """Send a delivery as a batch of its own."""
        ((_, outcome),) = self.send_all([delivery], lambda _: True)
        if outcome.kind is OutcomeKind.ACCEPTED:
            return outcome.reference
        raise _ERRORS[outcome.kind](outcome.detail)


class Batch:
    """The mails of a batch that wait for their turn, and the outcomes of those that cannot go."""

    def __init__(self, deliveries: Sequence[Delivery], may_begin: MayBegin) -> None:
        self._waiting = deque(deliveries)
        self._may_begin = may_begin
        self._returned: list[Pending] = []
        self._refused: list[DeliveryOutcome] = []

    def take(self, composer: Composer, *, takes_utf8: bool = True) -> Pending | None:
        """Take the next mail; None if none is left.

        Args:
            composer: Composes it.
            takes_utf8: Whether the server takes addresses that are not in ASCII.
        """
        while self._returned or self._waiting:
            if self._returned:
                pending = self._returned.pop()
            else:
                delivery = self._waiting.popleft()
                if not self._may_begin(delivery):
                    continue
                try:
                    pending = delivery, composer.compose(delivery)
                except NotComposed as error:
                    self._refused.append((delivery, Outcome.rejected("rejected", str(error))))
                    continue
                except Exception as error:
                    logger.exception("mail not composed", delivery_id=delivery.id)
                    failed = Outcome.temporary("internal_error", type(error).__name__)
                    self._refused.append((delivery, failed))
                    continue
            if takes_utf8 or not pending[1].needs_utf8:
                return pending
            refused = Outcome.rejected("not_supported", "the server cannot take this address")
            self._refused.append((pending[0], refused))
        return None

    def may_go_on(self, pending: Pending) -> bool:
        """Return whether there is still time for a mail that was taken a while ago."""
        return self._may_begin(pending[0])

    def put_back(self, pending: Pending | None) -> None:
        """Put a mail back that was not handed over; it is the next to be taken."""
        if pending is not None:
            self._returned.append(pending)

    def take_refused(self) -> Iterator[DeliveryOutcome]:
        """Yield the mails that cannot go, each once."""
        refused, self._refused = self._refused, []
        yield from refused

    def list_left(self) -> list[Delivery]:
        """List the deliveries that were not taken, or put back."""
        return [delivery for delivery, _ in reversed(self._returned)] + list(self._waiting)
