"""The caller's contact and the verification of a phone number."""

import re
from datetime import timedelta
from unittest import mock

import pytest

from notifications.models import DeliveryStatus, MessageCategory
from shared.data import idempotency_store
from shared.http import idempotency
from tests.functional.notifications.world import World
from tests.support.gateway import ApiClient

PHONE = "+61491570156"


def ask_for_code(world: World, person: ApiClient, phone: str = PHONE) -> str:
    world.post(person, "contact/phone", {"phone": phone})
    assert world.work("sms") == 0
    text = world.messages("sms", phone)[-1]["text"]
    codes: list[str] = re.findall(r"\b\d{6}\b", text)
    return codes[0]


def contact(person: ApiClient) -> dict[str, object]:
    return dict(person.get("/v1/notifications/contact").json_body)


def test_a_number_is_verified_by_its_code(world: World) -> None:
    ada = world.as_user("usr_ada")
    unset: dict[str, object] = {
        "phone": None,
        "pushSubscriptions": 0,
        "suppressions": [],
        "birthday": None,
    }
    assert contact(ada) == {"email": "ada@example.com"} | unset
    code = ask_for_code(world, ada)
    assert contact(ada)["phone"] is None
    world.post(ada, "contact/phone/verify", {"code": code}, 204)
    assert contact(ada)["phone"] == PHONE
    world.post(ada, "sms", {"text": "Hi"})
    assert ada.delete("/v1/notifications/contact/phone").status_code == 204
    assert contact(ada)["phone"] is None
    assert ada.delete("/v1/notifications/contact/phone").status_code == 204


@pytest.mark.parametrize(("drawn", "code"), [(7, "000007"), (999_999, "999999")])
def test_every_number_of_six_digits_may_be_a_code(
    world: World, monkeypatch: pytest.MonkeyPatch, drawn: int, code: str
) -> None:
    below: list[int] = []

    def draw(limit: int) -> int:
        below.append(limit)
        return drawn

    monkeypatch.setattr("secrets.randbelow", draw)
    assert ask_for_code(world, world.as_user("usr_ada")) == code
    assert below == [1_000_000]


def test_a_number_is_normalized(world: World) -> None:
    ada = world.as_user("usr_ada")
    world.post(ada, "contact/phone", {"phone": "+61 (491) 570-156"})
    assert world.delivery().address == PHONE


@pytest.mark.parametrize("phone", ["0491 570 156", "+61 12", "not a number", "+" * 20, "1" * 20])
def test_no_code_is_sent_to_an_invalid_number(world: World, phone: str) -> None:
    errors = world.errors(world.as_user("usr_ada"), "contact/phone", {"phone": phone})
    assert errors.keys() == {"body.phone"}


def test_the_status_of_the_code_can_be_seen_but_not_the_code(world: World) -> None:
    ada = world.as_user("usr_ada")
    accepted = world.post(ada, "contact/phone", {"phone": PHONE})
    world.work("sms")
    (delivery,) = ada.get(accepted["statusUrl"]).json_body["deliveries"]
    assert (delivery["status"], delivery["category"]) == (
        DeliveryStatus.SENT,
        MessageCategory.SECURITY,
    )
    stored = str([*world.database.deliveries.find(), *world.database.contacts.find()])
    assert re.findall(r"'[^']*\b\d{6}\b[^']*'", stored) == []


def test_a_code_works_once_and_for_its_own_user(world: World) -> None:
    ada, eve = world.as_user("usr_ada"), world.as_user("usr_eve")
    code = ask_for_code(world, ada)
    ask_for_code(world, eve, "+61491570157")
    assert "body.code" in world.errors(eve, "contact/phone/verify", {"code": code})
    world.post(ada, "contact/phone/verify", {"code": code}, 204)
    assert "body.code" in world.errors(ada, "contact/phone/verify", {"code": code})


def test_a_later_code_replaces_the_earlier_one(world: World) -> None:
    ada = world.as_user("usr_ada")
    first = ask_for_code(world, ada)
    second = ask_for_code(world, ada, "+61491570157")
    assert "body.code" in world.errors(ada, "contact/phone/verify", {"code": first})
    world.post(ada, "contact/phone/verify", {"code": second}, 204)
    assert contact(ada)["phone"] == "+61491570157"


def test_a_code_is_valid_for_a_quarter_of_an_hour(world: World) -> None:
    ada = world.as_user("usr_ada")
    code = ask_for_code(world, ada)
    world.later(minutes=15)
    assert "body.code" in world.errors(ada, "contact/phone/verify", {"code": code})
    code = ask_for_code(world, ada)
    world.later(minutes=14, seconds=59)
    world.post(ada, "contact/phone/verify", {"code": code}, 204)


def test_after_ten_guesses_even_the_right_code_is_refused(world: World) -> None:
    ada = world.as_user("usr_ada")
    code = ask_for_code(world, ada)
    wrong = f"{(int(code) + 1) % 10**6:06}"
    for _ in range(10):
        world.post(ada, "contact/phone/verify", {"code": wrong}, 422)
    answer = ada.post("/v1/notifications/contact/phone/verify", json={"code": code})
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 0


def test_a_user_gets_five_codes_and_so_does_a_number(world: World) -> None:
    ada = world.as_user("usr_ada")
    for last_digit in range(5):
        world.post(ada, "contact/phone", {"phone": f"+6149157015{last_digit}"})
    world.post(ada, "contact/phone", {"phone": "+61491570159"}, 429)
    for number in range(5):
        world.post(world.as_user(f"usr_{number}"), "contact/phone", {"phone": "+61491570166"})
    world.post(world.as_user("usr_six"), "contact/phone", {"phone": "+61491570166"}, 429)
    assert len(world.deliveries()) == 2 * 5


@pytest.mark.parametrize("route", ["phone", "email"])
def test_a_code_that_was_sent_stays_valid_when_its_request_is_repeated(
    world: World, route: str
) -> None:
    ada = world.as_user("usr_ada")
    if route == "email":
        world.add_contact("usr_ada")
    body = {"phone": PHONE} if route == "phone" else {}

    def ask() -> int:
        headers = {"idempotency-key": "one"}
        path = f"/v1/notifications/contact/{route}"
        return ada.post(path, json=body or None, headers=headers).status_code

    killed = mock.patch.object(idempotency_store, "save_response", side_effect=KeyboardInterrupt)
    over = mock.patch.object(idempotency, "CLAIM_LIFETIME", timedelta(0))
    with killed, over, pytest.raises(KeyboardInterrupt):
        ask()
    channel = "sms" if route == "phone" else "email"
    world.work(channel)
    assert ask() == 202
    world.work(channel)
    (sent,) = world.messages(channel)
    code = re.findall(r"\b\d{6}\b", sent["text"])[0]
    world.post(ada, f"contact/{route}/verify", {"code": code}, 204)
