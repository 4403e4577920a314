"""Preferences: `GET` and `PUT /v1/notifications/preferences`."""

from typing import Any

import pytest

from notifications.use_cases import export
from tests.functional.notifications.world import World
from tests.support.gateway import ApiClient

PATH = "/v1/notifications/preferences"
NOTHING = {"email": None, "sms": None, "push": None, "inbox": None}
ALWAYS = {"email": "on", "sms": "on", "push": "on", "inbox": "on"}


def put(person: ApiClient, body: dict[str, Any], status: int = 200) -> dict[str, Any]:
    answer = person.put(PATH, json=body)
    assert answer.status_code == status, answer.body
    return dict(answer.json_body)


def errors(person: ApiClient, body: dict[str, Any]) -> dict[str, str]:
    return {error["field"]: error["message"] for error in put(person, body, 422)["errors"]}


def test_nothing_is_chosen_at_first(world: World) -> None:
    shown = world.as_user("usr_ada").get(PATH).json_body
    assert set(shown["categories"]) == {
        "security",
        "booking",
        "message",
        "aftercare",
        "review",
        "marketing",
    }
    assert all(choices == NOTHING for choices in shown["categories"].values())
    assert shown["applying"]["security"] == shown["applying"]["account"] == ALWAYS
    assert shown["applying"]["booking"] == ALWAYS | {"sms": "off"}
    assert shown["applying"]["marketing"] == ALWAYS | {"sms": "off", "push": "off"}
    rest = ("studioDefaults", "mutedUntil", "quietHours", "locale", "timeZone")
    assert [shown[name] for name in rest] == [None] * 5
    assert shown["digests"] == {"message": None, "marketing": None}


def test_what_is_put_is_returned_and_replaced_as_a_whole(world: World) -> None:
    ada = world.as_user("usr_ada")
    body = {
        "categories": {"booking": {"sms": "fallback", "push": "off"}},
        "mutedUntil": "2026-03-03T12:00:00Z",
        "quietHours": {"start": "22:00", "end": "08:00", "always": ["email"]},
        "digests": {"marketing": {"every": "week", "at": "18:00"}},
        "locale": "de-AT",
        "timeZone": "Europe/Vienna",
    }
    shown = put(ada, body)
    assert shown == ada.get(PATH).json_body
    assert shown["categories"]["booking"] == NOTHING | {"sms": "fallback", "push": "off"}
    assert shown["applying"]["booking"] == ALWAYS | {"sms": "fallback", "push": "off"}
    assert shown["digests"]["marketing"] == {"every": "week", "at": "18:00"}
    for name in ("mutedUntil", "quietHours", "locale", "timeZone"):
        assert shown[name] == body[name]
    world.later(days=1)
    assert ada.get(PATH).json_body["mutedUntil"] is None
    again = {name: value for name, value in shown.items() if name != "applying"}
    assert put(ada, again | {"locale": "en"})["locale"] == "en"
    assert put(ada, {})["categories"]["booking"] == NOTHING
    assert world.as_user("usr_eve").get(PATH).json_body["locale"] is None


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({"categories": {"security": {"email": "off"}}}, {"body.categories.security.email"}),
        ({"categories": {"account": {"email": "off"}}}, {"body.categories.account"}),
        ({"categories": {"message": {"inbox": "off"}}}, {"body.categories.message.inbox"}),
        ({"categories": {"booking": {"sms": "maybe"}}}, {"body.categories.booking.sms"}),
        (
            {"quietHours": {"start": "24:00", "end": "8:00"}},
            {"body.quietHours.start", "body.quietHours.end"},
        ),
        (
            {"quietHours": {"start": "08:00", "end": "08:00"}},
            {"body.quietHours.end", "body.timeZone"},
        ),
        ({"digests": {"message": {"every": "hour"}}}, {"body.timeZone"}),
        ({"digests": {"booking": {"every": "hour"}}}, {"body.digests.booking"}),
        ({"timeZone": "Europe/Atlantis"}, {"body.timeZone"}),
        ({"locale": "deutsch"}, {"body.locale"}),
        ({"mutedUntil": "tomorrow"}, {"body.mutedUntil"}),
        ({"studioDefaults": {}, "applying": {}}, {"body.applying"}),
        ({"studioDefaults": {}}, {"body.studioDefaults"}),
    ],
)
def test_wrong_fields_are_named(world: World, body: dict[str, Any], fields: set[str]) -> None:
    assert errors(world.as_user("usr_ada"), body).keys() == fields


def test_artists_set_defaults_of_their_studio(world: World) -> None:
    artist = world.as_user("usr_ink", "artist")
    assert artist.get(PATH).json_body["studioDefaults"] is None
    shown = put(artist, {"studioDefaults": {"booking": {"sms": "on"}}})
    assert shown["studioDefaults"]["booking"] == NOTHING | {"sms": "on"}
    assert shown["applying"]["booking"]["sms"] == "off"  # of what the artist receives


def test_preferences_are_exported_and_erased(world: World) -> None:
    ada = world.as_user("usr_ada")
    put(ada, {"categories": {"review": {"email": "off"}}, "timeZone": "Asia/Tokyo"})
    exported = export.gather("usr_ada")["preferences"]
    assert isinstance(exported, dict)
    assert exported["categories"].review.email == "off"
    assert exported["time_zone"] == "Asia/Tokyo"
    world.consume("user.deleted", {"userId": "usr_ada"})
    assert ada.get(PATH).status_code == 401
    assert ada.put(PATH, json={}).status_code == 401
    stored = world.find_document("contacts", {"_id": "usr_ada"})
    assert stored["timeZone"] is None
    assert "preferences" not in stored


def test_a_studio_cannot_say_yes_to_offers_for_its_clients(world: World) -> None:
    artist = world.as_user("usr_ink", "artist")
    defaults = {"marketing": {"sms": "on", "push": "fallback", "email": "on"}}
    assert errors(artist, {"studioDefaults": defaults}).keys() == {
        "body.studioDefaults.marketing.sms",
        "body.studioDefaults.marketing.push",
    }


def test_quiet_hours_leave_time_for_messages(world: World) -> None:
    ada = world.as_user("usr_ada")
    hours = {"start": "23:00", "end": "22:01"}
    assert errors(ada, {"quietHours": hours, "timeZone": "UTC"}) == {
        "body.quietHours.end": "must leave at least an hour of the day"
    }
    hours = {"start": "00:00", "end": "23:00"}
    assert put(ada, {"quietHours": hours, "timeZone": "UTC"})["quietHours"]["end"] == "23:00"
