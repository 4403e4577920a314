"""Bounces: whether a message came back because of its address, for now or for good."""

from datetime import timedelta
from enum import StrEnum

# A mailbox that is full, or a phone that is off, may work again. After this many bounces in this
# time, without a message that arrived, we take it for abandoned.
MAX_SOFT_BOUNCES = 5
SOFT_BOUNCE_WINDOW = timedelta(days=30)

# Enhanced status codes (RFC 3463, and the registry of IANA) that are about the address: no such
# mailbox or host, wrong syntax, mailbox moved, a null MX, mailbox disabled.
_DEAD_ADDRESS = frozenset({"1.1", "1.2", "1.3", "1.6", "1.10", "2.1"})
# Reply codes of SMTP about the mailbox (RFC 5321, 4.2.3). Without an enhanced code they are given
# for spam too, so one of them alone proves nothing.
_NO_MAILBOX = frozenset({550, 551, 553})
# Codes of Twilio about the recipient: https://www.twilio.com/docs/api/errors
_DEAD_NUMBER = frozenset(
    {
        21211,  # not a phone number
        21214,  # cannot be reached
        21614,  # not a mobile number
        30005,  # unknown or no longer in service
        30006,  # a landline, or a carrier that takes no SMS
    }
)
_STOPPED = 21610
_UNREACHABLE_NOW = frozenset({30003, 30008})  # off or out of reach; the carrier does not say why


class Bounce(StrEnum):
    """What a bounce says of the address.

    `hard`: it does not work. `soft`: it does not work at present. `other`: it is not the address's
    fault, but the message's, ours or a network's.
    """

    HARD = "hard"
    SOFT = "soft"
    OTHER = "other"


def classify_mail_status(status: str) -> Bounce:
    """Classify an enhanced status code (RFC 3463), such as `5.1.1`.

    Policy (x.7.z) is about us or the message. What else failed for good, such as a mailbox that is
    full, may be repaired by its owner.
    """
    kind, _, rest = status.strip().partition(".")
    subject = rest.partition(".")[0]
    if kind not in ("4", "5") or not rest:
        return Bounce.OTHER
    if kind == "5" and rest in _DEAD_ADDRESS:
        return Bounce.HARD
    return Bounce.OTHER if subject in ("6", "7") else Bounce.SOFT


def classify_smtp_reply(code: int, enhanced_status: str | None) -> Bounce:
    """Classify the reply of a server that refused a recipient."""
    if enhanced_status is not None:
        return classify_mail_status(enhanced_status)
    return Bounce.SOFT if code in _NO_MAILBOX else Bounce.OTHER


def classify_twilio_error(code: int | None) -> Bounce:
    """Classify an error code of Twilio."""
    if code in _DEAD_NUMBER:
        return Bounce.HARD
    return Bounce.SOFT if code in _UNREACHABLE_NOW else Bounce.OTHER


def is_stopped(code: int | None) -> bool:
    """Return whether Twilio's error code says that the recipient replied STOP."""
    return code == _STOPPED
