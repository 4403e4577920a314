"""Mail through Amazon SES, which takes what the mail servers could not.

https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html
"""

from collections.abc import Mapping
from typing import Any

import msgspec
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
)

from notifications.channels import (
    NotSupported,
    Provider,
    ProviderError,
    ProviderUnavailable,
    Rejected,
    SenderRefused,
    Throttled,
    Unanswered,
    breaker,
)
from notifications.channels import settings as provider_settings
from notifications.channels.mail import Composer, NotComposed, parse_sender
from notifications.models import Delivery
from shared.platform import aws

NAME = "ses"

# Nothing of the request was sent.
_NOT_SENT = (EndpointConnectionError, ConnectTimeoutError, NoCredentialsError)
_THROTTLED = {"TooManyRequestsException", "LimitExceededException", "ThrottlingException"}
_OF_SENDER = {
    "AccountSuspendedException",
    "SendingPausedException",
    "MailFromDomainNotVerifiedException",
    "NotFoundException",  # the configuration set
    "AccessDeniedException",
    "UnrecognizedClientException",
}
# SES refuses mails of identities that are not verified, ours or, in its sandbox, the recipient's.
_NOT_VERIFIED = "not verified"


class SesSettings(msgspec.Struct, frozen=True, rename="upper"):
    """The part of the secret `smtp` that is for SES.

    Attributes:
        ses_from: Sender, of an identity that is verified there.
        ses_configuration_set: Configuration set, which publishes bounces and complaints.
    """

    ses_from: str
    ses_configuration_set: str = ""


class SesProvider(Provider):
    """SES. It replaces the Message-ID, so that nobody recognises a second copy."""

    needed_seconds = 40

    def __init__(self) -> None:
        self._composer: tuple[str, Composer] | None = None

    def send(self, delivery: Delivery) -> str | None:
        """Send a mail and return the id that SES gave it."""
        return breaker.get(NAME).call(self._send, delivery)

    def _send(self, delivery: Delivery) -> str | None:
        settings = provider_settings.load("smtp", SesSettings)
        try:
            mail = self._get_composer(settings.ses_from).compose(delivery)
        except NotComposed as error:
            raise Rejected(str(error)) from error
        if mail.needs_utf8:
            raise NotSupported(f"{NAME} takes no such address")
        request: dict[str, Any] = {
            "FromEmailAddress": parse_sender(settings.ses_from).header,
            "Destination": {"ToAddresses": [mail.recipient]},
            "Content": {"Raw": {"Data": mail.content}},
        }
        if settings.ses_configuration_set:
            request["ConfigurationSetName"] = settings.ses_configuration_set
        try:
            answer: Mapping[str, Any] = aws.client("sesv2").send_email(**request)
        except ClientError as error:
            raise convert_error(error.response) from error
        except _NOT_SENT as error:
            raise ProviderUnavailable(f"{NAME} {type(error).__name__}") from error
        except BotoCoreError as error:
            raise Unanswered(f"{NAME} {type(error).__name__}") from error
        message_id: str | None = answer.get("MessageId")
        return message_id

    def _get_composer(self, sender: str) -> Composer:
        if self._composer is None or self._composer[0] != sender:
            self._composer = (sender, Composer(sender))
        return self._composer[1]


def convert_error(response: Mapping[str, Any]) -> ProviderError:
    """Convert an error response of SES."""
    error = response.get("Error", {})
    status = response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    code = str(error.get("Code", ""))
    detail = f"{NAME} {code}"
    if code in _THROTTLED:
        return Throttled(detail)
    if code in _OF_SENDER or _NOT_VERIFIED in str(error.get("Message", "")):
        return SenderRefused(detail)
    return ProviderUnavailable(detail) if status >= 500 else Rejected(detail)
