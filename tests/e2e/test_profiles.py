"""People and pages in the running stack: search, copies in other features, and the rebuild."""

from collections.abc import Iterator
from typing import Any

import pytest

from infra.operate import rebuild
from tests.support.api import Api, eventually
from tests.support.stack import RunningStack

ME, OWN_PAGE = "/v1/profiles/me", "/v1/profiles/me/page"
NAME = "Quilla Renamed"
SAMPLE = "usr_01JD2ZK5V7M0Q4X8T6N3R9W1YB"  # the user in the events of events/lambda/


@pytest.fixture(autouse=True)
def without_samples(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ignore the user of the sample events, which `make invoke` may have sent before."""
    compare = rebuild.compare

    def compare_others(operator: rebuild.Operator) -> Iterator[rebuild.Difference]:
        return (difference for difference in compare(operator) if SAMPLE not in difference.what)

    monkeypatch.setattr(rebuild, "compare", compare_others)


@pytest.fixture
def artist(stack: RunningStack, api: Api) -> tuple[Api, dict[str, str]]:
    """A new artist, signed in."""
    person = stack.new_person("artist")
    return api.signed_in(person["email"], person["password"]), person


def operator(stack: RunningStack) -> rebuild.Operator:
    """Return access to the operators' functions."""
    return rebuild.Operator(stack.settings.session(), stack.settings.prefix())


def copies_of(stack: RunningStack, user_id: str) -> dict[str, Any]:
    """Return a user's name in the copies of each feature."""
    functions = operator(stack)
    found = {
        keeper: functions.ask(f"{keeper}-copies", userIds=[user_id])["items"]
        for keeper in rebuild.BY_IDS
    }
    for keeper in rebuild.LISTED:
        walk = functions.walk(f"{keeper}-copies")
        copies = [copy for answer in walk for copy in answer["items"]]
        found[keeper] = [copy for copy in copies if copy["userId"] == user_id]
    return {keeper: [copy["name"] for copy in copies] for keeper, copies in found.items()}


def test_an_artist_is_found_and_renamed_in_every_copy(
    stack: RunningStack, api: Api, artist: tuple[Api, dict[str, str]]
) -> None:
    signed_in, person = artist
    handle = f"quilla{person['id'][-8:].lower()}"
    page = {
        "version": signed_in.get(OWN_PAGE).json()["version"],
        "handle": handle,
        "listed": True,
        "city": "Reykjavík",
        "coordinates": {"lat": 64.14, "lon": -21.94},
    }
    assert signed_in.call("PATCH", OWN_PAGE, page).status_code == 200
    assert signed_in.call("PATCH", ME, {"name": NAME}).status_code == 200

    def found() -> bool:
        search = "/v1/profiles/artists?text=quilla+renamed&city=reykjavik&lat=64.1&lon=-21.9"
        return handle in [artist["handle"] for artist in api.get(search).json()["items"]]

    eventually(found, "the artist in a search")
    everywhere = {keeper: [NAME] for keeper in rebuild.KEEPERS}
    eventually(lambda: copies_of(stack, person["id"]) == everywhere, "the name everywhere")
    moved = api.get(f"/v1/profiles/artists/{person['id']}")  # requests follows the 308
    assert moved.history[0].status_code == 308
    assert moved.url.endswith(f"/{handle}")
    assert moved.json()["name"] == NAME


def test_a_rebuild_finds_no_differences(stack: RunningStack) -> None:
    lines = list(rebuild.rebuild(operator(stack)))
    assert lines[-1] == f"the copies of {', '.join(rebuild.KEEPERS)} differ in nothing"
    assert not [line for line in lines if line.startswith("repaired")]


def test_a_rebuild_repairs_search(stack: RunningStack, artist: tuple[Api, dict[str, str]]) -> None:
    signed_in, person = artist
    handle = f"lost{person['id'][-8:].lower()}"
    page = {"version": 0, "handle": handle, "listed": True, "styles": ["one-of-a-kind"]}
    eventually(lambda: signed_in.get(ME).json()["name"], "the name")
    page["version"] = signed_in.get(OWN_PAGE).json()["version"]
    assert signed_in.call("PATCH", OWN_PAGE, page).status_code == 200
    search = "/v1/profiles/artists?style=one-of-a-kind"
    assert [found["handle"] for found in signed_in.get(search).json()["items"]] == [handle]
    stack.client("dynamodb").delete_item(
        TableName=f"{stack.settings.prefix()}profiles",
        Key={"pk": {"S": f"ARTIST#{person['id']}"}, "sk": {"S": "ENTRY"}},
    )
    assert signed_in.get(search).json()["items"] == []
    lines = list(rebuild.rebuild(operator(stack)))
    assert f"repaired: search entry of {person['id']}" in lines[0]
    assert [found["handle"] for found in signed_in.get(search).json()["items"]] == [handle]
