"""The chain of the providers of mail: a mail server, a second one, and Amazon SES."""

import msgspec

from notifications.channels import settings as provider_settings
from notifications.channels.chain import Chain
from notifications.channels.email import SmtpProvider
from notifications.channels.ses import SesProvider


class MailOrder(msgspec.Struct, frozen=True, rename="upper"):
    """The part of the secret `smtp` that shares the mails out.

    Attributes:
        mail_providers: Weights of `smtp`, `smtp2` and `ses` (`rules.provider_order`).
    """

    mail_providers: str = ""


def create() -> Chain:
    """Create the chain; providers that are not configured are passed over."""
    providers = {"smtp": SmtpProvider(), "smtp2": SmtpProvider("smtp2"), "ses": SesProvider()}
    return Chain(providers, lambda: provider_settings.load("smtp", MailOrder).mail_providers)
