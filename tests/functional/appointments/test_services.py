"""Services over HTTP: created, replaced and deleted by their artist, read by anybody."""

from typing import Any

import pytest

from appointments.use_cases import services
from tests.functional.appointments.people import (
    ARTIST,
    OTHER_ARTIST,
    SERVICE,
    People,
    everything,
    list_created,
    list_events_since,
    outbox,
)
from tests.support import aws_calls, threads
from tests.support.responses import error_fields, refused

SERVICES = "/v1/appointments/services"
COMPLETE: dict[str, Any] = {
    "name": "Sleeve",
    "description": "In colour, over several sittings.",
    "location": "Oranienstraße 1, Berlin",
    "durationMinutes": 240,
    "price": {"amount": 60000, "currency": "EUR"},
    "sittings": 4,
    "bufferBeforeMinutes": 15,
    "bufferAfterMinutes": 30,
    "deposit": {"type": "percent", "percent": 20},
    "depositRefundableUntilHours": 72,
    "minimumNoticeMinutes": 1440,
    "bookingHorizonDays": 180,
    "slotIntervalMinutes": 60,
    "dailyLimit": 2,
    "weeklyLimit": 5,
    "monthlyLimit": 12,
    "mode": "request",
    "waitlistMode": "all_notified",
    "waitlistAnswerMinutes": 60,
}
DEFAULTS = {
    "description": "",
    "location": "",
    "sittings": 1,
    "bufferBeforeMinutes": 0,
    "bufferAfterMinutes": 0,
    "deposit": None,
    "depositRefundableUntilHours": 48,
    "minimumNoticeMinutes": 120,
    "bookingHorizonDays": 90,
    "slotIntervalMinutes": 30,
    "dailyLimit": None,
    "weeklyLimit": None,
    "monthlyLimit": None,
    "mode": "direct",
    "waitlistMode": "first_in_line",
    "waitlistAnswerMinutes": 120,
}
MINIMAL = {"name": "Small", "durationMinutes": 5, "price": {"amount": 0, "currency": "JPY"}}


def list_services(people: People, artist_id: str = ARTIST) -> list[dict[str, Any]]:
    answer = people.nobody.get(f"{SERVICES}?artistId={artist_id}")
    assert answer.status_code == 200
    items: list[dict[str, Any]] = answer.json_body["items"]
    return items


def test_a_service_is_stored_as_sent(people: People) -> None:
    answer = people.artist.post(SERVICES, json=COMPLETE)
    assert answer.status_code == 201
    service = answer.json_body
    assert service == COMPLETE | {
        "id": service["id"],
        "artistId": ARTIST,
        "version": 1,
        "total": {"amount": 240000, "currency": "EUR"},
    }
    assert service["id"].startswith(f"svc_{ARTIST.removeprefix('usr_')}_")
    assert people.nobody.get(f"{SERVICES}/{service['id']}").json_body == service
    assert list_services(people) == [service]


def test_omitted_fields_get_their_defaults(people: People) -> None:
    service = people.artist.post(SERVICES, json=MINIMAL).json_body
    own = {"id": service["id"], "artistId": ARTIST, "version": 1, "total": MINIMAL["price"]}
    assert service == DEFAULTS | MINIMAL | own


def test_anybody_lists_an_artists_services_oldest_first(people: People) -> None:
    mine = [people.create_service(name=f"Number {number}") for number in range(3)]
    people.create_service(by=people.other_artist)
    assert [service["id"] for service in list_services(people)] == mine
    assert len(list_services(people, OTHER_ARTIST)) == 1
    assert list_services(people, "usr_01JD0000000000000000000XXX") == []


def test_replacing_a_service_replaces_every_field(people: People) -> None:
    service_id = people.create_service(**COMPLETE)
    answer = people.artist.put(f"{SERVICES}/{service_id}", json=MINIMAL)
    assert answer.status_code == 200
    own = {"id": service_id, "artistId": ARTIST, "version": 2, "total": MINIMAL["price"]}
    changed = DEFAULTS | MINIMAL | own
    assert answer.json_body == changed
    assert list_services(people) == [changed]


def test_a_deleted_service_is_not_found(people: People) -> None:
    service_id = people.create_service()
    assert people.artist.delete(f"{SERVICES}/{service_id}").status_code == 204
    assert list_services(people) == []
    for answer in (
        people.nobody.get(f"{SERVICES}/{service_id}"),
        people.artist.put(f"{SERVICES}/{service_id}", json=MINIMAL),
        people.artist.delete(f"{SERVICES}/{service_id}"),
    ):
        assert refused(answer) == (404, "not_found")


def test_every_change_of_a_service_publishes_its_event(people: People) -> None:
    service_id = people.create_service(**COMPLETE)
    people.artist.put(f"{SERVICES}/{service_id}", json=MINIMAL)
    people.artist.delete(f"{SERVICES}/{service_id}")
    # The second is shorter, so it can be booked more often.
    opened = outbox("availability.opened")
    assert {(event.data["artistId"], event.data["serviceId"]) for event in opened} == {
        (ARTIST, service_id)
    }
    saved, changed, removed = (event for event in outbox() if event not in opened)
    assert [event.type for event in (saved, changed, removed)] == [
        *("service.saved", "service.saved", "service.removed"),
    ]
    assert {event.subject for event in (saved, changed, removed)} == {service_id}
    assert saved.data == {
        "serviceId": service_id,
        "artistId": ARTIST,
        "name": "Sleeve",
        "description": "In colour, over several sittings.",
        "durationMinutes": 240,
        "price": {"amount": 60000, "currency": "EUR"},
        "sittings": 4,
        "mode": "request",
        "deposit": {"type": "percent", "percent": 20},
        "depositRefundableUntilHours": 72,
        "recordVersion": 1,
    }
    assert (changed.data["name"], changed.data["recordVersion"]) == ("Small", 2)
    assert removed.data == {"serviceId": service_id, "artistId": ARTIST, "recordVersion": 3}


def test_a_service_and_its_event_are_written_in_one_transaction(people: People) -> None:
    with aws_calls.counted() as calls:
        people.create_service()
    writes = {name for name in calls if "Put" in name or "Write" in name}
    assert writes == {"dynamodb:TransactWriteItems"}
    assert calls["dynamodb:TransactWriteItems"] == 1


def test_only_artists_create_services(people: People) -> None:
    assert people.client.post(SERVICES, json=MINIMAL).status_code == 403
    assert people.nobody.post(SERVICES, json=MINIMAL).status_code == 401
    assert list_created() == []


def test_nobody_changes_another_artists_service(people: People) -> None:
    path = f"{SERVICES}/{people.create_service()}"
    before = everything()
    for stranger, status in (
        (people.other_artist, 404),
        (people.client, 403),
        (people.nobody, 401),
    ):
        assert stranger.put(path, json=MINIMAL).status_code == status
        assert stranger.delete(path).status_code == status
    assert everything() == before


@pytest.mark.parametrize(
    "service_id", ["svc_1", "usr_01JD0000000000000000000AAA", "svc_%00", "x" * 500]
)
def test_an_unknown_service_id_is_not_found(people: People, service_id: str) -> None:
    path = f"{SERVICES}/{service_id}"
    assert people.nobody.get(path).status_code == 404
    assert people.artist.put(path, json=MINIMAL).status_code == 404
    assert people.artist.delete(path).status_code == 404


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("name", ["", "   ", "x" * 121, None, 7]),
        ("description", ["x" * 2001, None]),
        ("location", ["x" * 201]),
        ("durationMinutes", [4, 1441, 60.5, "60", None]),
        ("price", [None, 120, {"amount": 1}, {"currency": "EUR"}]),
        ("price.amount", [-1, 10**12 + 1, 1.5, "1"]),
        ("price.currency", ["eur", "EURO", "€", "", "EUR\n"]),
        ("price.surprise", [1]),
        ("sittings", [0, 13]),
        ("bufferBeforeMinutes", [-1, 1441]),
        ("bufferAfterMinutes", [-1, 1441]),
        ("minimumNoticeMinutes", [-1, 365 * 24 * 60 + 1]),
        ("bookingHorizonDays", [0, 731]),
        ("slotIntervalMinutes", [4, 1441]),
        ("dailyLimit", [0, 101]),
        ("weeklyLimit", [0, 501]),
        ("monthlyLimit", [0, 2001]),
        ("mode", ["auto", ""]),
        ("waitlistMode", ["lottery"]),
        ("waitlistAnswerMinutes", [4, 7 * 24 * 60 + 1]),
        (
            "deposit",
            [
                *({}, 10, {"percent": 10}, {"fixed": 100}, {"byPolicy": True}),
                *({"type": "percent", "amount": 10}, {"type": "fixed", "percent": 10}),
                *({"type": "fixed", "amount": -5}, {"type": "by_policy", "percent": 10}),
                {"type": "percent", "percent": 10, "refundableUntilHours": 48},
            ],
        ),
        ("deposit.percent", [-1, 101, 10.5, "10", None]),
        ("depositRefundableUntilHours", [-1, 24 * 366 + 1]),
    ],
)
def test_an_invalid_field_is_named(people: People, field: str, wrong: list[Any]) -> None:
    outer, _, inner = field.partition(".")
    for value in wrong:
        sent: Any = value
        if inner:
            whole = {"type": "percent", "percent": 10} if outer == "deposit" else {}
            sent = {**(SERVICE["price"] if outer == "price" else whole), inner: value}
        body = {**SERVICE, outer: sent}
        fields = error_fields(people.artist.post(SERVICES, json=body))
        assert all(name.startswith(f"body.{outer}") for name in fields), (value, fields)
        assert fields
    assert list_created() == []


def test_all_sittings_cost_no_more_than_the_greatest_amount(people: People) -> None:
    dear = {**MINIMAL, "price": {"amount": 10**12, "currency": "EUR"}, "sittings": 2}
    for answer in (
        people.artist.post(SERVICES, json=dear),
        people.artist.put(f"{SERVICES}/{people.create_service()}", json=dear),
    ):
        assert error_fields(answer) == {
            "body.sittings": "add up to more than the greatest amount",
        }


def test_a_full_catalogue_takes_no_more_services(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "MAX_SERVICES", 2)
    people.create_service()
    people.create_service()
    before = outbox()
    assert refused(people.artist.post(SERVICES, json=MINIMAL)) == (409, "catalogue_full")
    assert len(list_services(people)) == 2
    assert list_events_since(before) == []


def test_concurrent_replacements_are_serialized(people: People) -> None:
    service_id = people.create_service()
    answers = threads.together(
        4, lambda: people.artist.put(f"{SERVICES}/{service_id}", json=MINIMAL)
    )
    assert [answer.status_code for answer in answers] == [200] * 4
    assert sorted(answer.json_body["version"] for answer in answers) == [2, 3, 4, 5]
    assert sorted(event.data["recordVersion"] for event in outbox("service.saved")) == [
        *(1, 2, 3, 4, 5),
    ]
