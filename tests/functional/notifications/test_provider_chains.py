"""Chains of providers over the API: what one cannot take, the next one sends."""

import pytest

from notifications.channels import ses
from notifications.models import DeliveryStatus
from tests.functional.notifications.world import World
from tests.support import fake_aws

MAIL = {"subject": "Your sketch", "text": "It is ready."}
DOWN = {"SMTP_HOST": "127.0.0.1", "SMTP_PORT": "1", "SMTP_FROM": "us@artistbooking.example"}


def send(world: World) -> None:
    world.post(world.as_user("usr_ada"), "email", MAIL)
    assert world.work("email") == 0


def test_a_second_mail_server_takes_what_the_first_could_not(world: World) -> None:
    world.configure(
        "smtp",
        **DOWN,
        SMTP2_HOST="127.0.0.1",
        SMTP2_PORT=str(world.standins.smtp_port),
        SMTP2_FROM="other@artistbooking.example",
        SMTP2_SECURITY="none",
    )
    send(world)
    assert world.delivery().status is DeliveryStatus.SENT
    assert world.delivery().attempts == 1
    (mail,) = world.messages("email")
    assert mail["headers"]["from"] == "other@artistbooking.example"


def test_a_mail_that_a_server_refuses_for_good_goes_to_no_other(world: World) -> None:
    server = {"HOST": "127.0.0.1", "PORT": str(world.standins.smtp_port), "SECURITY": "none"}
    both = {f"{name}_{key}": value for name in ("SMTP", "SMTP2") for key, value in server.items()}
    world.configure("smtp", **both, SMTP_FROM="a@b.example", SMTP2_FROM="a@b.example")
    world.fault("email", status=550, count=1)
    send(world)
    assert (world.delivery().status, world.delivery().reason) == (DeliveryStatus.FAILED, "rejected")
    assert world.messages("email") == []


def test_vonage_takes_what_twilio_could_not(world: World) -> None:
    world.configure(
        "twilio",
        TWILIO_ACCOUNT_SID=world.standins.account_sid,
        TWILIO_AUTH_TOKEN="wrong",
        TWILIO_PHONE_NUMBER="+15005550006",
        TWILIO_API_BASE_URL=world.standins.twilio_url,
        VONAGE_API_KEY="key",
        VONAGE_API_SECRET="secret",
        VONAGE_FROM="+15005550006",
        VONAGE_API_BASE_URL=f"{world.standins.inbox_url}/vonage",
    )
    world.add_contact("usr_ada", phone="+61491570156")
    world.post(world.as_user("usr_ada"), "sms", {"text": "It is ready."})
    assert world.work("sms") == 0
    assert world.delivery().status is DeliveryStatus.SENT
    (sms,) = world.messages("sms", "+61491570156")
    assert (sms["from"], sms["text"]) == ("15005550006", "It is ready.")


def test_ses_takes_what_the_servers_could_not(world: World) -> None:
    client = fake_aws.client("sesv2")
    client.create_email_identity(EmailIdentity="artistbooking.example")
    world.configure("smtp", **DOWN, SES_FROM="Artist Booking <hello@artistbooking.example>")
    send(world)
    assert world.delivery().status is DeliveryStatus.SENT
    assert world.delivery().provider_reference


@pytest.mark.parametrize(
    ("code", "message", "status", "kind"),
    [
        ("TooManyRequestsException", "", 429, "Throttled"),
        ("AccountSuspendedException", "", 400, "SenderRefused"),
        ("MessageRejected", "Email address is not verified.", 400, "SenderRefused"),
        ("MessageRejected", "Too long", 400, "Rejected"),
        ("BadRequestException", "", 400, "Rejected"),
        ("InternalFailure", "", 500, "ProviderUnavailable"),
    ],
)
def test_errors_of_ses_are_converted(code: str, message: str, status: int, kind: str) -> None:
    response = {
        "Error": {"Code": code, "Message": message},
        "ResponseMetadata": {"HTTPStatusCode": status},
    }
    assert type(ses.convert_error(response)).__name__ == kind
