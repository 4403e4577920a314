"""Throttles: at most so many messages of a kind in a time, exactly."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from notifications.models import Throttle
from notifications.store import throttles
from tests.functional.notifications.event_data import ARTIST, CLIENT
from tests.functional.notifications.test_message_notices import written
from tests.functional.notifications.world import World

TWO_A_MINUTE = Throttle("key", 2, timedelta(minutes=1))


def test_as_many_as_allowed_get_a_place_until_the_window_is_over(world: World) -> None:
    def take(event: str, user: str = "usr_ada") -> bool:
        return throttles.take(user, TWO_A_MINUTE, event, world.now)

    assert [take(event) for event in ("a", "b", "c", "a", "b")] == [True, True, False, True, True]
    assert take("c", "usr_eve")
    world.later(seconds=59)
    assert not take("c")
    world.later(seconds=1)
    assert [take(event) for event in ("c", "a", "b")] == [True, True, False]


def test_the_limit_is_exact_whoever_comes_at_the_same_moment(world: World) -> None:
    three = Throttle("key", 3, timedelta(minutes=1))

    def take(event: int) -> bool:
        return throttles.take("usr_ada", three, f"evt_{event}", world.now)

    for _ in range(3):
        with ThreadPoolExecutor(8) as pool:
            assert sum(pool.map(take, range(16))) == 3
        world.later(minutes=1)


def test_push_messages_of_a_conversation_are_limited_and_the_inbox_is_not(world: World) -> None:
    world.add_contact(ARTIST, name="Mara Voss")
    world.add_contact(CLIENT, name="Ada Byron")
    world.subscribe(world.as_user(CLIENT), "ada")
    for sequence in range(1, 13):
        world.consume_event(written(sequence))
    world.consume_event(written(12))  # again
    assert [one.reason for one in world.deliveries()] == [None] * 10 + ["throttled"] * 2
    world.later(minutes=1)  # the messages are from this minute
    entry = world.as_user(CLIENT).get("/v1/notifications/inbox").json_body["items"][0]
    assert entry["count"] == 12
    world.later(minutes=5)
    world.consume_event(written(13))
    assert world.deliveries()[-1].reason is None


def test_requests_with_the_same_key_reach_a_user_once_a_day(world: World) -> None:
    ada = world.as_user("usr_ada")

    def send(key: str) -> str | None:
        body = {"subject": "Hi", "text": "Hi", "throttleKey": key}
        sent = world.post(ada, "email", body)
        (shown,) = ada.get(sent["statusUrl"]).json_body["deliveries"]
        reason: str | None = shown["reason"]
        return reason

    assert [send(key) for key in ("a", "a", "b")] == [None, "throttled", None]
    world.later(days=1)
    assert send("a") is None
    assert world.errors(ada, "email", {"subject": "Hi", "text": "Hi", "throttleKey": "a b"}).keys()


def test_what_was_counted_of_a_deleted_user_is_erased(world: World) -> None:
    throttles.take("usr_ada", TWO_A_MINUTE, "evt_1", world.now)
    world.consume("user.deleted", {"userId": "usr_ada"})
    assert list(world.database.throttles.find()) == []
