"""The chain of the providers of SMS: Twilio, and Vonage."""

import msgspec

from notifications.channels import settings as provider_settings
from notifications.channels.chain import Chain
from notifications.channels.sms import TwilioProvider
from notifications.channels.vonage import VonageProvider


class SmsOrder(msgspec.Struct, frozen=True, rename="upper"):
    """The part of the secret `twilio` that shares the SMS out.

    Attributes:
        sms_providers: Weights of `twilio` and `vonage` (`rules.provider_order`).
    """

    sms_providers: str = ""


def create() -> Chain:
    """Create the chain; providers that are not configured are passed over."""
    providers = {"twilio": TwilioProvider(), "vonage": VonageProvider()}
    return Chain(providers, lambda: provider_settings.load("twilio", SmsOrder).sms_providers)
