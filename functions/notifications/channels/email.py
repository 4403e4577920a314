"""Mail through SMTP."""

import smtplib
from collections.abc import Iterator, Sequence
from typing import Literal

import msgspec

from notifications.channels import (
    DeliveryOutcome,
    MayBegin,
    Outcome,
    ProviderError,
    ProviderUnavailable,
    breaker,
)
from notifications.channels import settings as provider_settings
from notifications.channels.batches import Batch, BatchProvider, Pending
from notifications.channels.mail import Composer, Mail, parse_sender
from notifications.channels.smtp_dialogue import (
    ANSWER_SECONDS,
    CLOSING,
    SETUP_SECONDS,
    Dialogue,
    Lost,
    Reply,
)
from notifications.models import Delivery
from notifications.rules.smtp_replies import Refusal, find_enhanced_code, judge
from shared.platform.logs import logger

_REASONS = {
    Refusal.LATER: "throttled",
    Refusal.SENDER: "sender_refused",  # the provider's state, and no fault of the recipient
}


class SmtpSettings(msgspec.Struct, frozen=True, rename="upper"):
    """The secret `smtp`. Only one on the same machine may be used without TLS.

    Attributes:
        smtp_bounce_address: Address that Amazon SES receives the reports about returned mails at;
            they go to `smtp_from` when it is empty.
        smtp_security: `tls` from the beginning (port 465), or `starttls` (RFC 8314).
    """

    smtp_host: str
    smtp_port: int
    smtp_from: str
    smtp_user: str = ""
    smtp_pass: str = ""
    smtp_security: Literal["starttls", "tls", "none"] = "starttls"
    smtp_bounce_address: str = ""


# What the names of each server's settings begin with in the secret.
_PREFIXES = {"smtp": "SMTP_", "smtp2": "SMTP2_"}


class SmtpProvider(BatchProvider):
    """A mail server: one connection, which is opened for the first mail of a batch."""

    recognises_copies = True  # by the Message-ID
    # For a mail altogether; setting up the connection and the commands take seconds at most.
    needed_seconds = int(ANSWER_SECONDS + SETUP_SECONDS)

    def __init__(self, name: str = "smtp") -> None:
        self._name = name
        self._dialogue: Dialogue | None = None

    def send_all(
        self, deliveries: Sequence[Delivery], may_begin: MayBegin
    ) -> Iterator[DeliveryOutcome]:
        """Send mails through one connection, each announced with the end of the one before."""
        batch = Batch(deliveries, may_begin)
        try:
            settings = provider_settings.load(
                "smtp", SmtpSettings, prefix="SMTP_", of=_PREFIXES[self._name]
            )
            composer = Composer(settings.smtp_from, settings.smtp_bounce_address)
            yield from breaker.get(self._name).call_all(
                lambda: self._send_batch(settings, composer, batch)
            )
        except ProviderError as error:
            outcome = Outcome.from_error(error)
            yield from ((delivery, outcome) for delivery in batch.list_left())
        except Exception as error:  # those that are left were not handed over
            logger.exception("batch failed", provider=self._name)
            failed = Outcome.temporary("internal_error", type(error).__name__)
            yield from ((delivery, failed) for delivery in batch.list_left())
        yield from batch.take_refused()

    def close(self) -> None:
        """Close the connection, if there is one."""
        dialogue, self._dialogue = self._dialogue, None
        if dialogue is not None:
            dialogue.close()

    def _send_batch(
        self, settings: SmtpSettings, composer: Composer, batch: Batch
    ) -> Iterator[DeliveryOutcome]:
        """Send the mails, over further connections if the server closes the first one.

        Some servers take only so many mails over one connection.

        Raises:
            ProviderUnavailable: The server was not reached, or is too slow. Mails are left.
        """
        while (pending := batch.take(composer)) is not None:
            batch.put_back(pending)
            yield from self._exchange(self._connect(settings), composer, batch)

    def _exchange(
        self, dialogue: Dialogue, composer: Composer, batch: Batch
    ) -> Iterator[DeliveryOutcome]:
        """Send mails over a connection, until none is left or the server closes it."""
        has_sent = is_announced = False
        current = batch.take(composer, takes_utf8=dialogue.takes_utf8)
        while current is not None:
            delivery, mail = current
            if is_announced and not batch.may_go_on(current):
                self._drop()  # the one before took too long; a worker that is stopped loses both
                return
            try:
                if not is_announced:
                    dialogue.announce(mail)
                refusal = dialogue.read_replies()
            except Lost:
                self._drop()
                batch.put_back(current)
                if has_sent:
                    return
                raise ProviderUnavailable(f"{self._name} connection lost") from None
            following = batch.take(composer, takes_utf8=dialogue.takes_utf8)
            if is_announced := refusal is None:
                try:
                    refusal = dialogue.hand_over(mail, _mail_of(following))
                except Lost:
                    self._drop()
                    batch.put_back(following)
                    yield delivery, Outcome.unknown("no_answer", self._name)
                    raise ProviderUnavailable(f"{self._name} no answer") from None
            if refusal is not None and refusal.code == CLOSING:
                self._drop()
                batch.put_back(following)
                if has_sent and not is_announced:
                    batch.put_back(current)
                else:
                    yield delivery, self._convert(refusal)
                return
            has_sent = has_sent or refusal is None
            if refusal is None:
                yield delivery, Outcome.accepted(mail.message_id)
            else:
                yield delivery, self._convert(refusal)
            current = following

    def _connect(self, settings: SmtpSettings) -> Dialogue:
        if self._dialogue is None:
            try:
                self._dialogue = Dialogue(
                    settings.smtp_host,
                    settings.smtp_port,
                    own_name=parse_sender(settings.smtp_from).domain,
                    security=settings.smtp_security,
                    user=settings.smtp_user,
                    password=settings.smtp_pass,
                )
            except (smtplib.SMTPException, OSError) as error:
                # A refused login is no fault of a mail: it can be sent once that is repaired.
                raise ProviderUnavailable(f"{self._name} {type(error).__name__}") from error
        return self._dialogue

    def _drop(self) -> None:
        dialogue, self._dialogue = self._dialogue, None
        if dialogue is not None:
            dialogue.abort()

    def _convert(self, reply: Reply) -> Outcome:
        refusal = judge(reply.stage, reply.code, reply.text)
        enhanced = find_enhanced_code(reply.text)
        detail = f"{self._name} {reply.code}" + (f" {enhanced}" if enhanced else "")
        if refusal is Refusal.RECIPIENT:
            return Outcome.rejected("rejected", detail)
        return Outcome.temporary(_REASONS[refusal], detail)


def _mail_of(pending: Pending | None) -> Mail | None:
    return None if pending is None else pending[1]
