"""Names of contacts: the one from registration, then that of the newest profile."""

import itertools
from datetime import timedelta
from typing import Any

import pytest
from chalice.test import Client

from notifications import consumers
from notifications.app import app
from notifications.models import Contact
from notifications.store import contacts
from shared.events.domain_events import DomainEvent
from tests.functional.notifications.event_data import appointment
from tests.functional.notifications.world import NOON, World
from tests.support.mongo import COMMANDS

ADA = "usr_01JD0000000000000000000ADA"
BOB = "usr_01JD0000000000000000000BBB"
VERIFIED = {"userId": ADA, "email": "ada@example.com", "name": "First", "role": "client"}


def build_event(type_: str, data: dict[str, Any]) -> DomainEvent:
    return DomainEvent(
        id=f"evt_{type_}_{data.get('recordVersion')}",
        source="/artist-booking/tests",
        type=type_,
        subject=data["userId"],
        time=NOON,
        data=data,
    )


def profile(version: int, name: str | None = None, user_id: str = ADA) -> DomainEvent:
    data = {
        "userId": user_id,
        "role": "client",
        "name": name or f"Name {version}",
        "avatar": None,
        "handle": None,
        "recordVersion": version,
    }
    return build_event("user.profile.updated", data)


def verified() -> DomainEvent:
    return build_event("user.verified", VERIFIED)


def deleted() -> DomainEvent:
    return build_event("user.deleted", {"userId": ADA})


def contact() -> Contact:
    contact = contacts.find_contact(ADA)
    assert contact is not None
    return contact


@pytest.mark.parametrize(
    "events", list(itertools.permutations([verified(), profile(1), profile(2), profile(3)]))
)
def test_the_name_is_of_the_newest_profile_in_any_order(
    world: World, events: tuple[DomainEvent, ...]
) -> None:
    for event in [*events, *events]:
        consumers.handle(event, NOON)
    assert (contact().name, contact().name_version) == ("Name 3", 3)
    assert contact().email == "ada@example.com"


def test_the_name_is_from_registration_before_any_profile(world: World) -> None:
    consumers.handle(verified(), NOON)
    assert (contact().name, contact().name_version) == ("First", None)


@pytest.mark.parametrize("order", list(itertools.permutations([verified(), profile(2), deleted()])))
def test_an_erased_user_gets_no_name_again(world: World, order: tuple[DomainEvent, ...]) -> None:
    for event in [*order, *order]:
        consumers.handle(event, NOON)
    document = world.find_document("contacts", {"_id": ADA})
    fields = {name for name, value in document.items() if value}
    assert fields == {"_id", "erasedAt", "eraseAgainAt", "expiresAt"}


def test_a_name_expires_unless_its_user_is_verified(world: World) -> None:
    consumers.handle(profile(1), NOON)
    document = world.find_document("contacts", {"_id": ADA})
    assert document["expiresAt"] == NOON + timedelta(days=90)
    consumers.handle(profile(2), NOON + timedelta(days=1))
    consumers.handle(verified(), NOON)
    assert "expiresAt" not in world.find_document("contacts", {"_id": ADA})
    consumers.handle(profile(3), NOON)
    assert "expiresAt" not in world.find_document("contacts", {"_id": ADA})


def test_messages_show_the_current_name(world: World) -> None:
    consumers.handle(verified(), NOON)
    consumers.handle(profile(2, "Ada Lovelace"), NOON)
    world.add_contact(BOB)
    world.consume("appointment.created", appointment(artistId=BOB, clientId=ADA))
    (item,) = world.as_user(BOB, "artist").get("/v1/notifications/inbox").json_body["items"]
    assert "Ada Lovelace" in item["body"]


def test_the_same_version_again_repairs_the_name(world: World) -> None:
    consumers.handle(profile(2), NOON)
    world.database.contacts.update_one({"_id": ADA}, {"$set": {"name": "damaged"}})
    consumers.handle(profile(1), NOON)
    assert contact().name == "damaged"
    consumers.handle(profile(2), NOON)
    assert contact().name == "Name 2"


# ---- operators ---------------------------------------------------------------------------------


def copies(**request: Any) -> dict[str, Any]:
    """Invoke the operators' function."""
    return dict(Client(app).lambda_.invoke("copies", request).payload)


def test_an_operator_can_list_the_names(world: World) -> None:
    consumers.handle(verified(), NOON)
    consumers.handle(profile(4, "Bob", BOB), NOON)
    assert copies() == {
        "items": [
            {"userId": ADA, "name": "First", "recordVersion": 0},
            {"userId": BOB, "name": "Bob", "recordVersion": 4},
        ],
        "next": None,
    }
    consumers.handle(deleted(), NOON)
    assert [item["userId"] for item in copies()["items"]] == [BOB]


def test_an_operator_can_list_all_names_page_by_page(world: World) -> None:
    people = [f"usr_01JD000000000000000000{number:04}" for number in range(7)]
    for number, user_id in enumerate(people):
        consumers.handle(profile(number + 1, user_id=user_id), NOON)
    world.database.contacts.insert_one({"_id": "usr_0_unnamed", "phone": "+61491570156"})
    consumers.handle(deleted(), NOON)
    seen: list[str] = []
    place: str | None = None
    for _ in range(4):
        page = copies(next=place, limit=2)
        seen += [item["userId"] for item in page["items"]]
        place = page["next"]
    assert seen == people
    assert place is None


def test_a_page_is_one_read(world: World) -> None:
    COMMANDS.clear()
    assert copies(limit=500)["items"] == []
    assert COMMANDS == ["find"]


@pytest.mark.parametrize("request_", [{"limit": 501}, {"next": {"$ne": None}}, {"limits": 1}])
def test_a_malformed_request_is_refused(world: World, request_: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"limit|next"):
        copies(**request_)
