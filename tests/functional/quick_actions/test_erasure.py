"""Erasure of deleted accounts."""

from tests.functional.quick_actions.people import (
    ARTIST,
    CLIENT,
    CONVERSATION,
    HOME,
    People,
    everything,
    executed_events,
    open_conversation,
    publish,
    publish_profile,
    publish_service,
)
from tests.support.responses import refused


def keys_of(user_id: str) -> list[tuple[str, str]]:
    """Return the keys of items that name the user, without events."""
    return [
        (item["pk"]["S"], item["sk"]["S"])
        for item in everything()
        if "event" not in item and user_id in str(item)
    ]


def delete_account(user_id: str) -> None:
    for _ in range(2):
        publish("user.deleted", {"userId": user_id})


def test_everything_of_an_artist_is_erased_and_late_events_restore_nothing(people: People) -> None:
    action = people.create_action()
    people.execute(action)
    publish_service(1, "Tattoo")
    delete_account(ARTIST)
    assert keys_of(ARTIST) == []
    publish_profile(ARTIST, "Mara Voss", 9, "mara.voss")
    publish_service(1, "Tattoo", version=9)
    open_conversation(CONVERSATION, ARTIST, CLIENT)
    publish("quick_action.posted", {"executionId": "tap-0001", "artistId": ARTIST})
    assert keys_of(ARTIST) == []
    assert refused(people.artist.post(HOME, json={**_hello()})) == (401, "session_ended")
    assert keys_of(ARTIST) == []
    assert people.other_artist.get(HOME).status_code == 200


def test_executions_for_a_client_are_redacted_and_late_events_restore_nothing(
    people: People,
) -> None:
    action = people.create_action()
    people.execute(action)
    delete_account(CLIENT)
    assert keys_of(CLIENT) == []
    assert "Ada" not in str([item for item in everything() if "event" not in item])
    (execution,) = people.artist.get(f"{HOME}/executions").json_body["items"]
    assert (execution["messages"], execution["clientId"], execution["actionId"]) == (
        [],
        None,
        action,
    )
    publish_profile(CLIENT, "Ada Byron", 9)
    open_conversation(CONVERSATION, ARTIST, CLIENT)
    assert keys_of(CLIENT) == []
    assert refused(people.execute(action, "tap-0002")) == (404, "not_found")
    publish("quick_action.posted", {"executionId": "tap-0001", "artistId": ARTIST})
    (execution,) = people.artist.get(f"{HOME}/executions").json_body["items"]
    assert (execution["status"], execution["messages"]) == ("sent", [])
    assert len(executed_events()) == 1


def _hello() -> dict[str, object]:
    return {"label": "Hello", "kind": "custom", "steps": ["Hello"]}
