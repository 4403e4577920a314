"""Settings of the providers of messages: what each channel needs, and what can be derived.

The secrets hold them (`infra.configure` writes these from .env); the names are those of the guide.
"""

from collections.abc import Callable, Mapping
from email.utils import parseaddr

Values = Mapping[str, str]

SMTP, TWILIO, VAPID = "smtp", "twilio", "vapid"
# Channel -> the secret of its provider, and what that must hold.
REQUIRED: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "email": (SMTP, ("SMTP_HOST", "SMTP_PORT", "SMTP_FROM")),
    "sms": (TWILIO, ("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_PHONE_NUMBER")),
    "push": (VAPID, ("VAPID_PUBLIC_KEY", "VAPID_PRIVATE_KEY", "VAPID_EMAIL")),
}
# What does instead: the other providers of a channel's chain.
ALTERNATIVES: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "email": (("SMTP2_HOST", "SMTP2_PORT", "SMTP2_FROM"), ("SES_FROM",)),
    "sms": (("VONAGE_API_KEY", "VONAGE_API_SECRET", "VONAGE_FROM"),),
}
# By what a missing value can be replaced, best first.
SENDERS = ("SMTP_FROM", "SMTP_USER", "OPERATOR_EMAIL")


def complete(name: str, read: Callable[[str], Values]) -> dict[str, str]:
    """Return the settings in a secret, with those that follow from others.

    Mails come from SMTP_FROM, or else from SMTP_USER where that is an address, or else from
    OPERATOR_EMAIL. Push services write to VAPID_EMAIL, or else to the address that mails come from
    (RFC 8292, 2.1).

    Args:
        name: Name of the secret.
        read: Returns the values in a secret of a name.
    """
    values = {key: value for key, value in read(name).items() if value}
    if name == SMTP and "SMTP_FROM" not in values:
        values |= _named("SMTP_FROM", _find_sender(values))
    if name == VAPID and "VAPID_EMAIL" not in values:
        values |= _named("VAPID_EMAIL", parseaddr(_find_sender(read(SMTP)))[1])
    return values


def list_missing(channel: str, read: Callable[[str], Values]) -> tuple[str, ...]:
    """List the settings that a channel needs and that are neither set nor follow from others.

    None is missing where another provider of the channel is configured.
    """
    name, required = REQUIRED[channel]
    values = complete(name, read)
    if any(all(key in values for key in keys) for keys in ALTERNATIVES.get(channel, ())):
        return ()
    return tuple(key for key in required if key not in values)


def _find_sender(values: Values) -> str:
    for key in SENDERS:
        value = values.get(key, "")
        if "@" in parseaddr(value)[1]:
            return value
    return ""


def _named(key: str, value: str) -> dict[str, str]:
    return {key: value} if value else {}
