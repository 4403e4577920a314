"""Domain events of users: consumed once, twice, late, and out of order."""

from datetime import timedelta
from typing import Any

import pytest

from notifications import consumers, store
from notifications.models import Channel, DeliveryStatus, EmailContent, MessageCategory
from notifications.store import artist_clients, contacts, deliveries
from shared.events.domain_events import DomainEvent
from tests.functional.notifications.world import World

ADA = {"userId": "usr_ada", "email": "Ada@Example.com", "name": "Ada", "role": "artist"}
REPEATED = {"userId": "usr_ada", "email": "ada@example.com", "name": "Ada"}
CODE = "482913"


def requested(world: World) -> dict[str, Any]:
    expires_at = (world.now + timedelta(minutes=15)).isoformat()
    return REPEATED | {"code": CODE, "expiresAt": expires_at}


def event(world: World, type_: str, data: dict[str, Any], **earlier: float) -> DomainEvent:
    return DomainEvent(
        id=f"evt_{type_}_{earlier}",
        source="/artist-booking/auth",
        type=type_,
        subject="usr_ada",
        time=world.now - timedelta(**earlier),
        data=data,
        correlationid="registration-0001",
    )


def test_a_verified_user_is_saved_and_welcomed(world: World) -> None:
    world.consume("user.verified", ADA)
    contact = contacts.find_contact("usr_ada")
    assert contact
    assert (contact.email, contact.name, contact.role) == ("ada@example.com", "Ada", "artist")
    assert world.work("email") == 0
    (mail,) = world.messages("email", "ada@example.com")
    assert mail["subject"] == "Welcome, Ada"
    assert mail["html"].startswith("<!doctype html>")
    assert world.delivery().category is MessageCategory.ACCOUNT


def test_the_same_event_again_changes_and_sends_nothing(world: World) -> None:
    verified = event(world, "user.verified", ADA)
    for _ in range(3):
        world.consume_event(verified)
    assert world.waiting("email") == 1
    assert len(world.deliveries()) == 1


def test_a_half_handled_event_is_finished_by_its_redelivery(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    verified = event(world, "user.verified", ADA)
    with monkeypatch.context() as patched:
        patched.setattr(deliveries, "add_deliveries", _die)
        with pytest.raises(RuntimeError):
            consumers.handle(verified, world.now)
    assert contacts.find_contact("usr_ada")
    world.consume_event(verified)
    assert world.work("email") == 0
    assert len(world.messages("email")) == 1


def test_an_older_event_does_not_undo_a_later_one(world: World) -> None:
    later = event(world, "user.verified", ADA | {"email": "new@example.com"})
    older = event(world, "user.verified", ADA | {"email": "old@example.com"}, hours=1)
    for verified in (later, older):
        world.consume_event(verified)
        contact = contacts.find_contact("usr_ada")
        assert contact
        assert contact.email == "new@example.com"


def test_a_phone_verified_before_the_event_stays(world: World) -> None:
    world.database.contacts.insert_one({"_id": "usr_ada", "phone": "+61491570156"})
    world.consume("user.verified", ADA)
    contact = contacts.find_contact("usr_ada")
    assert contact
    assert (contact.phone, contact.email) == ("+61491570156", "ada@example.com")


def test_the_code_is_mailed_and_then_erased(world: World) -> None:
    world.consume_event(event(world, "user.verification_requested", requested(world)))
    queued = world.delivery()
    assert queued.category is MessageCategory.SECURITY
    assert isinstance(queued.content, EmailContent)
    assert world.work("email") == 0
    (mail,) = world.messages("email", "ada@example.com")
    assert mail["subject"] == f"{CODE} is your confirmation code"
    assert CODE in mail["text"]
    assert "15 minutes" in mail["text"]
    assert "Ignore this mail if it was not you" in mail["text"]
    assert mail["headers"]["x-correlation-id"] == "registration-0001"
    assert world.delivery().content is None
    assert CODE not in str(list(world.database.deliveries.find()))


def test_an_untrusted_name_cannot_advertise(world: World) -> None:
    data = requested(world) | {"name": "Visit https://evil.example/x, call +61 491 570 156!"}
    world.consume("user.verification_requested", data)
    content = world.delivery().content
    assert isinstance(content, EmailContent)
    assert 'the name "Visit https evil example x call" asked' in content.text


def test_a_code_that_is_too_old_is_not_sent(world: World) -> None:
    world.consume("user.verification_requested", requested(world))
    world.later(minutes=15)
    assert world.work("email") == 0
    delivery = world.delivery()
    assert (delivery.status, delivery.reason) == (DeliveryStatus.SUPPRESSED, "expired")
    assert delivery.content is None
    assert world.messages("email") == []


def test_a_code_survives_a_temporary_failure_of_the_mail_server(world: World) -> None:
    world.consume("user.verification_requested", requested(world))
    world.fault("email", status=451, count=1)
    assert world.work("email") == 0
    assert world.delivery().content is not None
    assert world.retry("email") == 0
    assert CODE in world.messages("email")[0]["text"]


def test_an_owner_is_warned_of_a_repeated_registration(world: World) -> None:
    world.consume("user.registration_repeated", REPEATED)
    assert world.work("email") == 0
    assert world.messages("email")[0]["subject"] == "You already have an account"


def test_a_deleted_users_data_is_erased(world: World) -> None:
    ada = world.as_user("usr_ada", "artist")
    world.consume("user.verified", ADA)
    world.database.contacts.update_one({"_id": "usr_ada"}, {"$set": {"phone": "+61491570156"}})
    world.subscribe(ada, "ada")
    world.post(ada, "templates", _template(), 201)
    world.post(ada, "send", {"text": "A private text"})
    world.add_contact("usr_bob")
    for artist_id, client_id in (("usr_ada", "usr_bob"), ("usr_bob", "usr_ada")):
        artist_clients.add(artist_id, client_id)
    world.consume("user.deleted", {"userId": "usr_ada"})
    assert list(world.database.acquaintances.find()) == []
    everything = str([list(world.database[name].find()) for name in store.INDEXES])
    for trace in ("ada@example.com", "Ada", "+61491570156", "A private text", "p256dh", "A draft"):
        assert trace not in everything
    assert "bob@example.com" in everything
    for channel in Channel:
        assert world.work(channel) == 0
        assert world.messages(channel) == []
    assert {delivery.reason for delivery in world.deliveries()} == {"erased"}
    assert {delivery.status for delivery in world.deliveries()} == {DeliveryStatus.SUPPRESSED}


def test_a_late_event_does_not_restore_a_deleted_user(world: World) -> None:
    late = event(world, "user.verified", ADA)
    world.consume("user.deleted", {"userId": "usr_ada"})
    world.later(hours=1)
    world.consume_event(late)
    world.consume("user.verified", ADA)
    world.consume("user.verification_requested", requested(world))
    assert world.deliveries() == []
    contact = world.find_document("contacts", {"_id": "usr_ada"})
    assert {name for name, value in contact.items() if value} == {
        "_id",
        "erasedAt",
        "eraseAgainAt",
        "expiresAt",
    }


def test_a_deleted_user_with_a_valid_token_is_refused(world: World) -> None:
    ada = world.as_user("usr_ada")
    world.consume("user.deleted", {"userId": "usr_ada"})
    for path, body in [
        ("email", {"subject": "Hi", "text": "Hi"}),
        ("contact/phone", {"phone": "+61491570156"}),
        ("subscriptions", {"endpoint": "http://localhost/x", "keys": {"p256dh": "", "auth": ""}}),
    ]:
        assert world.post(ada, path, body, 401)["code"] == "session_ended"
    assert ada.get("/v1/notifications/contact").status_code == 401
    admin = world.as_user("usr_root", "admin")
    assert "body.userId" in world.errors(
        admin, "email", {"userId": "usr_ada", "subject": "Hi", "text": "Hi"}
    )


def _template() -> dict[str, Any]:
    return {
        "name": "draft",
        "kind": "custom",
        "bodies": {"sms": {"text": "A draft"}},
    }


def _die(*_: object) -> None:
    raise RuntimeError("died")
