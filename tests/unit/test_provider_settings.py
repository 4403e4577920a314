"""Settings of providers: what is derived, and what is missing."""

from collections.abc import Mapping

import pytest

from shared.platform import provider_settings

# What the guide's .env has of each.
GUIDE: Mapping[str, Mapping[str, str]] = {
    "smtp": {
        "SMTP_HOST": "smtp.gmail.com",
        "SMTP_PORT": "587",
        "SMTP_USER": "your-email@gmail.com",
        "SMTP_PASS": "x",
    },
    "twilio": {
        "TWILIO_ACCOUNT_SID": "a",
        "TWILIO_AUTH_TOKEN": "b",
        "TWILIO_PHONE_NUMBER": "+1234567890",
    },
    "vapid": {"VAPID_PUBLIC_KEY": "a", "VAPID_PRIVATE_KEY": "b"},
}


@pytest.mark.parametrize("channel", provider_settings.REQUIRED)
def test_the_guides_settings_are_all_that_a_channel_needs(channel: str) -> None:
    assert provider_settings.list_missing(channel, GUIDE.__getitem__) == ()


def test_mails_and_push_messages_come_from_the_user() -> None:
    mail = provider_settings.complete("smtp", GUIDE.__getitem__)
    assert mail["SMTP_FROM"] == "your-email@gmail.com"
    push = provider_settings.complete("vapid", GUIDE.__getitem__)
    assert push["VAPID_EMAIL"] == "your-email@gmail.com"


@pytest.mark.parametrize(
    ("smtp", "sender"),
    [
        ({"SMTP_FROM": "Us <us@example.com>", "SMTP_USER": "user@example.com"}, "us@example.com"),
        ({"SMTP_USER": "apikey", "OPERATOR_EMAIL": "ops@example.com"}, "ops@example.com"),
        ({"SMTP_FROM": "", "SMTP_USER": "user@example.com"}, "user@example.com"),
        ({"SMTP_USER": "apikey"}, None),
    ],
)
def test_the_sender_is_the_best_address_there_is(smtp: Mapping[str, str], sender: str) -> None:
    secrets = {"smtp": smtp, "vapid": GUIDE["vapid"]}
    push = provider_settings.complete("vapid", secrets.__getitem__)
    assert push.get("VAPID_EMAIL") == sender
    missing = provider_settings.list_missing("push", secrets.__getitem__)
    assert missing == (() if sender else ("VAPID_EMAIL",))


def test_what_is_missing_is_named() -> None:
    secrets = {"smtp": {"SMTP_PORT": "", "SMTP_USER": "apikey"}}
    missing = provider_settings.list_missing("email", secrets.__getitem__)
    assert missing == ("SMTP_HOST", "SMTP_PORT", "SMTP_FROM")


def test_another_provider_is_enough() -> None:
    secrets = {"smtp": {"SES_FROM": "us@example.com"}, "twilio": {"VONAGE_API_KEY": "k"}}
    assert provider_settings.list_missing("email", secrets.__getitem__) == ()
    assert len(provider_settings.list_missing("sms", secrets.__getitem__)) == 3


@pytest.mark.parametrize(
    ("channel", "secret", "values"),
    [
        ("email", "smtp", {"SES_FROM": "us@example.com"}),
        ("email", "smtp", {"SMTP2_HOST": "a", "SMTP2_PORT": "587", "SMTP2_FROM": "b@example.com"}),
        (
            "sms",
            "twilio",
            {"VONAGE_API_KEY": "a", "VONAGE_API_SECRET": "b", "VONAGE_FROM": "+1234567890"},
        ),
    ],
)
def test_another_provider_of_the_channel_is_enough(
    channel: str, secret: str, values: Mapping[str, str]
) -> None:
    assert provider_settings.list_missing(channel, {secret: values}.__getitem__) == ()
    assert provider_settings.list_missing(channel, {secret: {}}.__getitem__) != ()
