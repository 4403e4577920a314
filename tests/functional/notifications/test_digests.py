"""Digests: one mail instead of the many of a window, exactly once."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from typing import Any

import pytest

from notifications.models import Delivery, DeliveryStatus, EmailContent
from notifications.store import deliveries
from notifications.store import digests as store
from notifications.use_cases import digests, dispatch, erasure
from tests.functional.notifications.event_data import ARTIST, CLIENT
from tests.functional.notifications.test_message_notices import written
from tests.functional.notifications.world import World, address_of

MARKETING = {"digests": {"marketing": {"every": "day", "at": "18:00"}}, "timeZone": "UTC"}
MESSAGES = {"digests": {"message": {"every": "hour", "at": "00:30"}}, "timeZone": "UTC"}


@pytest.fixture
def people(world: World) -> World:
    """A world with an artist, a client, and an offer of the artist."""
    world.add_contact(ARTIST, name="Mara Voss")
    world.add_contact(CLIENT, name="Ada Byron")
    bodies = {
        "email": {"subject": "{{ what }} off", "text": "Only {{ what }}.", "html": "<p>{{ what }}"}
    }
    body = {
        "name": "offer",
        "kind": "promotional",
        "locale": "en",
        "variables": [{"name": "what", "type": "string"}],
        "bodies": bodies,
    }
    world.post(world.as_user(ARTIST, "artist"), "templates", body, 201)
    pair = {"_id": f"{ARTIST} {CLIENT}", "artistId": ARTIST, "clientId": CLIENT}
    world.database.acquaintances.insert_one(pair)
    return world


def put(world: World, body: dict[str, Any]) -> None:
    answer = world.as_user(CLIENT).put("/v1/notifications/preferences", json=body)
    assert answer.status_code == 200, answer.body


def offer(world: World, what: str) -> Delivery:
    body = {"userId": CLIENT, "template": "offer", "variables": {"what": what}}
    sent = world.post(world.as_user(ARTIST, "artist"), "email", body)
    return world.delivery(sent["id"])


def run(world: World) -> None:
    digests.send_due(world.now)
    world.sweep()
    assert world.work("email") == 0


def mails(world: World) -> list[dict[str, Any]]:
    return world.messages("email", address_of(CLIENT))


def states(world: World) -> list[tuple[str, str | None]]:
    return [(one.status.value, one.reason) for one in world.deliveries() if one.digest_id]


def test_the_offers_of_a_day_come_in_one_mail(people: World) -> None:
    put(people, MARKETING)
    first, second = offer(people, "10%"), offer(people, "<b>20%</b>")
    assert first.digest_id == second.digest_id
    people.later(hours=5, minutes=59)
    run(people)
    assert mails(people) == []
    people.later(minutes=1)
    run(people)
    (mail,) = mails(people)
    assert mail["subject"] == "New for you: 2 messages"
    assert '- From "Mara Voss": 10% off' in mail["text"]
    assert "Only <b>20%</b>." in mail["text"]
    assert "&lt;b&gt;20%&lt;/b&gt; off" in mail["html"]
    assert mail["headers"]["list-unsubscribe"].startswith("<https://")
    assert states(people) == [("suppressed", "gathered")] * 2
    (made,) = [one for one in people.deliveries() if one.gathered]
    assert made.gathered == (first.id, second.id)
    assert people.delivery(first.notification_id).timeline[-1].detail == made.id
    people.later(days=1)
    run(people)
    assert len(mails(people)) == 1


def test_the_messages_of_a_conversation_are_one_line_with_a_link(
    people: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WEB_APP_URL", "https://app.example")
    put(people, MESSAGES)
    for sequence in (1, 2, 3):
        people.consume_event(written(sequence))
    people.later(minutes=30)
    run(people)
    (mail,) = mails(people)
    assert mail["text"].count("https://app.example/conversations/") == 1
    assert "(3)" in mail["text"]
    assert "list-unsubscribe" not in mail["headers"]
    items = people.as_user(CLIENT).get("/v1/notifications/inbox").json_body["items"]
    assert len(items) == 1  # the digest itself is not in the inbox


def test_an_opt_out_until_the_end_of_the_window_counts(people: World) -> None:
    put(people, MARKETING)
    offer(people, "10%")
    put(people, MARKETING | {"categories": {"marketing": {"email": "off"}}})
    people.later(hours=6)
    run(people)
    assert mails(people) == []
    assert states(people) == [("suppressed", "gathered")]
    assert [one.reason for one in people.deliveries() if one.gathered] == ["opted_out"]


def test_what_was_cancelled_erased_or_blocked_is_not_listed(people: World) -> None:
    put(people, MARKETING)
    for what in ("10%", "20%", "30%"):
        offer(people, what)
    first, second, third = (one.id for one in people.deliveries())
    change = people.database.deliveries.update_one
    change({"_id": first}, {"$set": {"status": DeliveryStatus.CANCELLED.value}})
    change({"_id": second}, {"$set": {"content": None}})
    people.later(hours=6)
    run(people)
    (made,) = [one for one in people.deliveries() if one.gathered]
    assert made.gathered == (third,)
    assert isinstance(made.content, EmailContent)
    assert "30%" in made.content.text
    assert "10%" not in made.content.text


def test_a_digest_waits_for_the_end_of_the_quiet_hours(people: World) -> None:
    put(people, MARKETING | {"quietHours": {"start": "17:00", "end": "20:00"}})
    offer(people, "10%")
    people.later(hours=6)
    run(people)
    assert mails(people) == []
    people.later(hours=2)
    run(people)
    assert len(mails(people)) == 1


def test_what_is_held_too_late_goes_on_its_own(
    people: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(people, MARKETING)
    offer(people, "10%")
    people.later(hours=6)
    digests.send_due(people.now)
    late = offer(people, "20%")
    digest_id = people.deliveries()[0].digest_id
    slow = {"digestId": digest_id, "dueAt": people.now}
    people.database.deliveries.update_one({"_id": late.id}, {"$set": slow})
    people.later(minutes=1)
    run(people)
    run(people)
    assert [mail["subject"] for mail in mails(people)] == [
        "New for you: one message",
        'From "Mara Voss": 20% off',
    ]
    assert all("list-unsubscribe" in mail["headers"] for mail in mails(people))


class Killed(BaseException):
    """The process died."""


STEPS = (
    (digests, "_send"),
    (deliveries, "add_deliveries"),
    (dispatch, "enqueue"),
    (store, "find_mail"),
    (store, "end"),
)


def kill_at(monkeypatch: pytest.MonkeyPatch, step: tuple[Any, str], *, after: bool) -> None:
    """Let the process die before or after it takes a step."""
    module, name = step
    taken = getattr(module, name)

    def die(*arguments: Any, **named: Any) -> Any:
        if after:
            taken(*arguments, **named)
        raise Killed

    monkeypatch.setattr(module, name, die)


def steps() -> Iterator[Any]:
    for step in STEPS:
        for after in (False, True):
            yield pytest.param(step, after, id=f"{'after' if after else 'before'} {step[1]}")


@pytest.mark.parametrize(("step", "after"), list(steps()))
def test_whoever_dies_at_any_step_neither_loses_nor_doubles_the_mail(
    people: World, step: tuple[Any, str], after: bool
) -> None:
    put(people, MARKETING)
    offer(people, "10%")
    offer(people, "20%")
    people.later(hours=6)
    for _ in range(2):
        with pytest.MonkeyPatch.context() as patch, suppress(Killed):
            kill_at(patch, step, after=after)
            digests.send_due(people.now)
    people.later(minutes=2)
    run(people)
    people.later(minutes=2)
    run(people)
    assert [mail["subject"] for mail in mails(people)] == ["New for you: 2 messages"]
    assert states(people) == [("suppressed", "gathered")] * 2


def test_what_is_held_for_less_than_a_minute_is_gathered_too(people: World) -> None:
    put(people, MARKETING)
    people.later(hours=5, minutes=59, seconds=30)
    held = offer(people, "10%")
    assert people.work("email") == 0
    dispatch.enqueue([held])  # as by an operator
    assert people.work("email") == 0
    assert mails(people) == []
    people.later(seconds=30)
    run(people)
    assert [mail["subject"] for mail in mails(people)] == ["New for you: one message"]


def test_an_offer_cannot_be_cancelled_once_the_digest_with_it_is_made(
    people: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(people, MARKETING)
    made, send = offer(people, "10%"), digests._send
    statuses = []

    def cancel(*arguments: Any) -> None:
        path = f"/v1/notifications/{made.notification_id}"
        statuses.append(people.as_user(ARTIST, "artist").delete(path).status_code)
        send(*arguments)

    monkeypatch.setattr(digests, "_send", cancel)
    people.later(hours=6)
    run(people)
    assert (statuses, states(people)) == ([409], [("suppressed", "gathered")])


def test_the_words_of_an_erased_person_are_in_no_digest(people: World) -> None:
    put(people, MESSAGES)
    people.consume_event(written(1))
    (held,) = [one for one in people.deliveries() if one.digest_id]
    people.consume("user.deleted", {"userId": ARTIST})
    assert people.delivery(held.notification_id).content is None
    people.later(minutes=30)
    run(people)
    assert mails(people) == []


def test_the_words_of_a_person_erased_while_a_digest_is_made_are_erased_from_it(
    people: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(people, MESSAGES)
    people.consume_event(written(1))
    people.later(minutes=30)
    send = digests._send

    def erase_first(digest_id: str, user_id: str, held: list[Delivery], _: datetime) -> None:
        people.consume("user.deleted", {"userId": ARTIST})
        people.later(seconds=1)
        send(digest_id, user_id, held, people.now)

    monkeypatch.setattr(digests, "_send", erase_first)
    run(people)
    people.later(hours=2)
    erasure.run_due(people.now)
    (made,) = [one for one in people.deliveries() if one.gathered]
    assert made.content is None


def test_digests_leave_time_for_what_follows(people: World) -> None:
    put(people, MARKETING)
    offer(people, "10%")
    people.later(hours=6)
    assert digests.send_due(people.now, lambda: False) == 0
    assert digests.send_due(people.now, lambda: True) == 1


def test_of_many_messages_the_newest_are_read_and_all_are_counted(
    people: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(digests, "MAX_GATHERED", 2)
    put(people, MARKETING)
    for what in ("10%", "20%", "30%"):
        offer(people, what)
    people.later(hours=6)
    run(people)
    (mail,) = mails(people)
    assert mail["subject"] == "New for you: 3 messages"
    assert ("10%" in mail["text"], "20%" in mail["text"], "30%" in mail["text"]) == (
        False,
        True,
        True,
    )
    assert states(people) == [("suppressed", "gathered")] * 3
