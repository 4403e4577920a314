"""The name that a user goes by: the first one from auth, then that of their newest profile."""

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
from tests.functional.notifications.bookings import appointment
from tests.functional.notifications.world import NOON, World
from tests.support.mongo import COMMANDS

ADA = "usr_01JD0000000000000000000ADA"
BOB = "usr_01JD0000000000000000000BBB"
VERIFIED = {"userId": ADA, "email": "ada@example.com", "name": "First", "role": "client"}


def event_of(type_: str, data: dict[str, Any]) -> DomainEvent:
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
    return event_of("user.profile.updated", data)


def verified() -> DomainEvent:
    return event_of("user.verified", VERIFIED)


def deleted() -> DomainEvent:
    return event_of("user.deleted", {"userId": ADA})


def contact() -> Contact:
    found = contacts.find_contact(ADA)
    assert found is not None
    return found


@pytest.mark.parametrize(
    "events", list(itertools.permutations([verified(), profile(1), profile(2), profile(3)]))
)
def test_the_newest_profile_names_them_in_any_order(
    world: World, events: tuple[DomainEvent, ...]
) -> None:
    for event in [*events, *events]:
        consumers.handle(event, NOON)
    assert (contact().name, contact().name_version) == ("Name 3", 3)
    assert contact().email == "ada@example.com"


def test_before_any_profile_the_first_name_holds(world: World) -> None:
    consumers.handle(verified(), NOON)
    assert (contact().name, contact().name_version) == ("First", None)


@pytest.mark.parametrize("order", list(itertools.permutations([verified(), profile(2), deleted()])))
def test_an_erased_user_is_not_named_again(world: World, order: tuple[DomainEvent, ...]) -> None:
    for event in [*order, *order]:
        consumers.handle(event, NOON)
    document = world.database.contacts.find_one({"_id": ADA})
    kept = {name for name, value in document.items() if value}
    assert kept == {"_id", "erasedAt", "expiresAt"}


def test_a_name_whose_user_never_proves_an_address_goes(world: World) -> None:
    consumers.handle(profile(1), NOON)
    document = world.database.contacts.find_one({"_id": ADA})
    assert document["expiresAt"] == NOON + timedelta(days=90)
    consumers.handle(profile(2), NOON + timedelta(days=1))
    consumers.handle(verified(), NOON)
    assert "expiresAt" not in world.database.contacts.find_one({"_id": ADA})
    consumers.handle(profile(3), NOON)
    assert "expiresAt" not in world.database.contacts.find_one({"_id": ADA})


def test_the_current_name_stands_in_what_is_written(world: World) -> None:
    consumers.handle(verified(), NOON)
    consumers.handle(profile(2, "Ada Lovelace"), NOON)
    world.hear("appointment.created", appointment(artistId=BOB, clientId=ADA))
    (item,) = world.as_user(BOB, "artist").get("/v1/notifications/inbox").json_body["items"]
    assert "Ada Lovelace" in item["body"]


def test_the_same_version_again_repairs_what_is_kept(world: World) -> None:
    consumers.handle(profile(2), NOON)
    world.database.contacts.update_one({"_id": ADA}, {"$set": {"name": "damaged"}})
    consumers.handle(profile(1), NOON)
    assert contact().name == "damaged"
    consumers.handle(profile(2), NOON)
    assert contact().name == "Name 2"


# ---- for operators -----------------------------------------------------------------------------


def copies(**order: Any) -> dict[str, Any]:
    """Invoke the function as the comparison does."""
    return dict(Client(app).lambda_.invoke("copies", order).payload)


def test_an_operator_sees_what_is_kept_of_users(world: World) -> None:
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


def test_an_operator_sees_them_all_page_by_page(world: World) -> None:
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


@pytest.mark.parametrize("order", [{"limit": 501}, {"next": {"$ne": None}}, {"limits": 1}])
def test_a_wrong_order_is_refused(world: World, order: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"limit|next"):
        copies(**order)
