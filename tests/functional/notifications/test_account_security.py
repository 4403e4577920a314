"""Security notices: the owner of an account gets a mail about what happened to it."""

import pytest

from notifications import consumers
from notifications.models import Channel, SuppressionReason
from notifications.notices.account_security import OwnerUnknown
from notifications.use_cases import suppressions
from tests.functional.notifications.test_consumers import event
from tests.functional.notifications.world import World

SIGNED_IN = {
    "userId": "usr_ada",
    "sessionId": "ses_1",
    "device": "Firefox on Linux",
    "network": "198.51.100.0/24",
    "signedInAt": "2030-01-31T09:30:00Z",
}
NEW_DEVICE = "user.signed_in_from_new_device"


def test_a_sign_in_on_a_new_device_is_mailed_once(world: World) -> None:
    world.add_contact("usr_ada", name="Ada")
    published = event(world, NEW_DEVICE, SIGNED_IN)
    for _ in range(2):
        world.consume_event(published)
    assert world.work("email") == 0
    (mail,) = world.messages("email", "ada@example.com")
    assert mail["subject"] == "New sign-in: Firefox on Linux"
    for text in (
        "Hello Ada",
        "Firefox on Linux",
        "31 January 2030 at 09:30 UTC",
        "198.51.100.0/24",
        "sign out all devices",
    ):
        assert text in mail["text"]
        assert text in mail["html"]


def test_it_waits_for_the_address_of_the_account(world: World) -> None:
    published = event(world, NEW_DEVICE, SIGNED_IN)
    with pytest.raises(OwnerUnknown):
        consumers.handle(published, world.now)
    world.add_contact("usr_ada", name="Ada")
    consumers.handle(published, world.now)
    assert world.work("email") == 0
    assert len(world.messages("email")) == 1


def test_nothing_is_mailed_to_a_deleted_account(world: World) -> None:
    world.consume("user.deleted", {"userId": "usr_ada"})
    world.consume(NEW_DEVICE, SIGNED_IN)
    assert world.deliveries() == []


CODE = {"userId": "usr_ada", "name": "Ada", "expiresAt": "2030-01-31T09:40:00Z"}
TOKEN = "kX0c9J4yQe7mT2vB8sLw1nRz5uHd3fGa"


@pytest.mark.parametrize(
    ("event_type", "code"),
    [("user.sign_in_code_requested", "123456"), ("user.password_reset_requested", "1234567890")],
)
def test_a_code_is_mailed_to_the_address_of_the_event(
    world: World, event_type: str, code: str
) -> None:
    data = {**CODE, "email": "Ada@Example.com", "code": code}
    # Even where mails came back: without a code nobody could sign in to say that it works again.
    bounced = SuppressionReason.HARD_BOUNCE
    suppressions.suppress(Channel.EMAIL, "ada@example.com", bounced, world.now)
    world.consume(event_type, data)
    assert world.work("email") == 0
    (mail,) = world.messages("email", "ada@example.com")
    assert mail["subject"].startswith(code)
    assert code in mail["text"]
    assert world.as_user("usr_ada").get("/v1/notifications/inbox").json_body["items"] == []


def test_both_addresses_get_their_own_code(world: World) -> None:
    data = {
        **CODE,
        "email": "ada@studio.example",
        "code": "123456",
        "currentEmail": "ada@example.com",
        "currentCode": "654321",
    }
    published = event(world, "user.email_change_requested", data)
    for _ in range(2):
        world.consume_event(published)
    assert world.work("email") == 0
    for address, own, other in (
        ("ada@studio.example", "123456", "654321"),
        ("ada@example.com", "654321", "123456"),
    ):
        (mail,) = world.messages("email", address)
        assert own in mail["text"]
        assert other not in mail["text"] + mail["html"]


def test_the_former_address_is_notified_of_another_one(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WEB_APP_URL", "https://app.artistbooking.example")
    world.add_contact("usr_ada", name="Ada")
    data = {
        "userId": "usr_ada",
        "email": "ada@studio.example",
        "formerEmail": "ada@example.com",
        "reportToken": TOKEN,
        "changedAt": "2030-01-31T09:30:00Z",
    }
    world.consume("user.email_changed", data)
    changed = {"userId": "usr_ada", "reportToken": TOKEN, "changedAt": "2030-01-31T09:31:00Z"}
    world.consume("user.password_changed", changed)
    assert world.work("email") == 0
    (former,) = world.messages("email", "ada@example.com")
    (new,) = world.messages("email", "ada@studio.example")
    assert (former["subject"], new["subject"]) == (
        "Your address was changed",
        "Your password was changed",
    )
    for mail in (former, new):
        assert f"/not-me#token={TOKEN}" in mail["text"]
        assert f"/not-me#token={TOKEN}" in mail["html"]


def test_invitation_and_acceptance_of_an_assistant_are_mailed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WEB_APP_URL", "https://app.artistbooking.example")
    world.add_contact("usr_ada", name="Ada")
    name = "Mara https://evil.example"
    world.consume("user.assistant_invited", {"userId": "usr_ada", "artistName": name})
    added = {
        "userId": "usr_ada",
        "assistantName": "Noa Lind",
        "reportToken": TOKEN,
        "addedAt": "2030-01-31T09:30:00Z",
    }
    world.consume("user.assistant_added", added)
    assert world.work("email") == 0
    invited, accepted = sorted(
        world.messages("email"), key=lambda mail: mail["subject"] != "You are invited to a studio"
    )
    assert "Mara https evil example" in invited["text"]
    assert "Noa Lind" in accepted["text"]
    for body in (accepted["text"], accepted["html"]):
        assert f"/not-me#token={TOKEN}" in body


@pytest.mark.parametrize(
    ("change", "subject"),
    {
        "password_changed": "Your password was changed",
        "mfa_enabled": "An authenticator app was added",
        "mfa_disabled": "Your authenticator app was removed",
        "passkey_added": "A passkey was added",
        "passkey_removed": "A passkey was removed",
        "recovery_code_used": "A recovery code was used",
        "recovery_codes_replaced": "Your recovery codes were replaced",
        "identity_linked": "Your account was linked to Google",
        "identity_unlinked": "Your account is no longer linked to Google",
    }.items(),
)
def test_every_change_of_a_way_to_sign_in_is_mailed(
    world: World, monkeypatch: pytest.MonkeyPatch, change: str, subject: str
) -> None:
    monkeypatch.setenv("WEB_APP_URL", "https://app.artistbooking.example")
    world.add_contact("usr_ada", name="Ada")
    data = {"userId": "usr_ada", "reportToken": TOKEN, "changedAt": "2030-01-31T09:30:00Z"}
    provider = {"provider": "Google"} if change.startswith("identity") else {}
    world.consume(f"user.{change}", {**data, **provider})
    assert world.work("email") == 0
    (mail,) = world.messages("email", "ada@example.com")
    assert mail["subject"] == subject
    assert "31 January 2030 at 09:30 UTC" in mail["text"]
    assert f"/not-me#token={TOKEN}" in mail["text"]
