"""Domain events: heard once, twice, late, and out of order."""

from datetime import timedelta
from typing import Any

import pytest

from notifications import consumers, store
from notifications.models import Category, Channel, EmailContent, Status
from notifications.store import contacts, deliveries, relations
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


def test_a_verified_user_is_known_and_welcomed(world: World) -> None:
    world.hear("user.verified", ADA)
    contact = contacts.find_contact("usr_ada")
    assert contact
    assert (contact.email, contact.name, contact.role) == ("ada@example.com", "Ada", "artist")
    assert world.work("email") == 0
    (mail,) = world.messages("email", "ada@example.com")
    assert mail["subject"] == "Welcome, Ada"
    assert mail["html"].startswith("<!doctype html>")
    assert world.delivery().category is Category.TRANSACTIONAL


def test_the_same_event_again_changes_and_sends_nothing(world: World) -> None:
    told = event(world, "user.verified", ADA)
    for _ in range(3):
        world.hear_again(told)
    assert world.waiting("email") == 1
    assert len(world.deliveries()) == 1


def test_an_event_that_died_after_the_contact_is_finished_by_its_second_coming(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = event(world, "user.verified", ADA)
    with monkeypatch.context() as patched:
        patched.setattr(deliveries, "add_deliveries", _die)
        with pytest.raises(RuntimeError):
            consumers.handle(told, world.now)
    assert contacts.find_contact("usr_ada")
    world.hear_again(told)
    assert world.work("email") == 0
    assert len(world.messages("email")) == 1


def test_an_older_event_does_not_undo_a_later_one(world: World) -> None:
    later = event(world, "user.verified", ADA | {"email": "new@example.com"})
    older = event(world, "user.verified", ADA | {"email": "old@example.com"}, hours=1)
    for told in (later, older):
        world.hear_again(told)
        contact = contacts.find_contact("usr_ada")
        assert contact
        assert contact.email == "new@example.com"


def test_a_phone_that_was_proven_before_the_event_stays(world: World) -> None:
    world.database.contacts.insert_one({"_id": "usr_ada", "phone": "+61491570156"})
    world.hear("user.verified", ADA)
    contact = contacts.find_contact("usr_ada")
    assert contact
    assert (contact.phone, contact.email) == ("+61491570156", "ada@example.com")


def test_the_code_goes_to_the_address_and_is_not_kept(world: World) -> None:
    world.hear_again(event(world, "user.verification_requested", requested(world)))
    queued = world.delivery()
    assert queued.category is Category.SECURITY
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


def test_a_strangers_name_cannot_advertise(world: World) -> None:
    data = requested(world) | {"name": "Visit https://evil.example/x, call +61 491 570 156!"}
    world.hear("user.verification_requested", data)
    content = world.delivery().content
    assert isinstance(content, EmailContent)
    assert "the name Visit https evil example x call asked" in content.text


def test_a_code_that_is_too_old_is_not_sent(world: World) -> None:
    world.hear("user.verification_requested", requested(world))
    world.later(minutes=15)
    assert world.work("email") == 0
    delivery = world.delivery()
    assert (delivery.status, delivery.reason) == (Status.SUPPRESSED, "expired")
    assert delivery.content is None
    assert world.messages("email") == []


def test_a_code_survives_a_mail_server_that_is_away(world: World) -> None:
    world.hear("user.verification_requested", requested(world))
    world.fault("email", status=451, count=1)
    assert world.work("email") == 1
    assert world.delivery().content is not None
    assert world.work("email", receives=2) == 0
    assert CODE in world.messages("email")[0]["text"]


def test_an_owner_is_told_of_a_repeated_registration(world: World) -> None:
    world.hear("user.registration_repeated", REPEATED)
    assert world.work("email") == 0
    assert world.messages("email")[0]["subject"] == "You already have an account"


def test_a_deleted_user_leaves_nothing_behind(world: World) -> None:
    ada = world.as_user("usr_ada", "artist")
    world.hear("user.verified", ADA)
    world.database.contacts.update_one({"_id": "usr_ada"}, {"$set": {"phone": "+61491570156"}})
    world.subscribe(ada, "ada")
    world.post(ada, "templates", _template(), 201)
    world.post(ada, "send", {"text": "A private text"})
    world.know("usr_bob")
    for artist_id, client_id in (("usr_ada", "usr_bob"), ("usr_bob", "usr_ada")):
        relations.acquaint(artist_id, client_id)
    world.hear("user.deleted", {"userId": "usr_ada"})
    assert list(world.database.acquaintances.find()) == []
    everything = str([list(world.database[name].find()) for name in store.INDEXES])
    for trace in ("ada@example.com", "Ada", "+61491570156", "A private text", "p256dh", "A draft"):
        assert trace not in everything
    assert "bob@example.com" in everything
    for channel in Channel:
        assert world.work(channel) == 0
        assert world.messages(channel) == []
    assert {delivery.reason for delivery in world.deliveries()} == {"erased"}
    assert {delivery.status for delivery in world.deliveries()} == {Status.SUPPRESSED}


def test_a_late_event_does_not_revive_a_deleted_user(world: World) -> None:
    late = event(world, "user.verified", ADA)
    world.hear("user.deleted", {"userId": "usr_ada"})
    world.later(hours=1)
    world.hear_again(late)
    world.hear("user.verified", ADA)
    world.hear("user.verification_requested", requested(world))
    assert world.deliveries() == []
    contact = world.database.contacts.find_one({"_id": "usr_ada"})
    assert {name for name, value in contact.items() if value} == {
        "_id",
        "erasedAt",
        "expiresAt",
    }


def test_a_deleted_user_whose_token_still_holds_can_do_nothing(world: World) -> None:
    ada = world.as_user("usr_ada")
    world.hear("user.deleted", {"userId": "usr_ada"})
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
