"""A deleted account: an artist's things go, what was said to a client goes, nothing comes back."""

from tests.functional.quick_actions.people import (
    ARTIST,
    CLIENT,
    HOME,
    THREAD,
    People,
    card,
    everything,
    executed,
    hear,
    offers,
    opened,
    refused,
)


def kept_of(user_id: str) -> list[tuple[str, str]]:
    """The keys of what names somebody, but for what is on its way and that they are gone."""
    return [
        (item["pk"]["S"], item["sk"]["S"])
        for item in everything()
        if "event" not in item and item["sk"]["S"] != "DELETED" and user_id in str(item)
    ]


def deleted(user_id: str) -> None:
    for _ in range(2):
        hear("user.deleted", {"userId": user_id})


def test_nothing_of_an_artist_stays_or_comes_back(people: People) -> None:
    action = people.has_added()
    people.executes(action)
    offers(1, "Tattoo")
    deleted(ARTIST)
    assert kept_of(ARTIST) == []
    card(ARTIST, "Mara Voss", 9, "mara.voss")
    offers(1, "Tattoo", version=9)
    opened(THREAD, ARTIST, CLIENT)
    hear("quick_action.posted", {"executionId": "tap-0001", "artistId": ARTIST})
    assert kept_of(ARTIST) == []
    assert refused(people.artist.post(HOME, json={**_hello()}))[0] == 409
    assert kept_of(ARTIST) == []
    assert people.other_artist.get(HOME).status_code == 200


def test_of_a_client_the_artist_keeps_only_that_something_was_sent(people: People) -> None:
    action = people.has_added()
    people.executes(action)
    deleted(CLIENT)
    assert kept_of(CLIENT) == []
    assert "Ada" not in str([item for item in everything() if "event" not in item])
    (left,) = people.artist.get(f"{HOME}/executions").json_body["items"]
    assert (left["messages"], left["clientId"], left["actionId"]) == ([], None, action)
    card(CLIENT, "Ada Byron", 9)
    opened(THREAD, ARTIST, CLIENT)
    assert kept_of(CLIENT) == []
    assert refused(people.executes(action, "tap-0002")) == (404, "not_found")
    hear("quick_action.posted", {"executionId": "tap-0001", "artistId": ARTIST})
    (left,) = people.artist.get(f"{HOME}/executions").json_body["items"]
    assert (left["status"], left["messages"]) == ("sent", [])
    assert len(executed()) == 1


def _hello() -> dict[str, object]:
    return {"label": "Hello", "kind": "custom", "steps": ["Hello"]}
