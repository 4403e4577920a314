"""Names and pages in the running stack: they are found, followed by every copy, and rebuilt."""

from collections.abc import Iterator
from typing import Any

import pytest

from infra.operate import rebuild
from tests.support.api import Api, eventually
from tests.support.stack import RunningStack

ME, OWN_PAGE = "/v1/profiles/me", "/v1/profiles/me/page"
NAME = "Quilla Renamed"
SAMPLE = "usr_01JD2ZK5V7M0Q4X8T6N3R9W1YB"  # of whom events/lambda/ tells, and who is nobody here


@pytest.fixture(autouse=True)
def without_the_samples(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether `make invoke` ran its samples before is no matter of these tests."""
    compare = rebuild.compare

    def comparing(operator: rebuild.Operator) -> Iterator[rebuild.Difference]:
        return (one for one in compare(operator) if SAMPLE not in one.what)

    monkeypatch.setattr(rebuild, "compare", comparing)


@pytest.fixture
def artist(stack: RunningStack, api: Api) -> tuple[Api, dict[str, str]]:
    """An artist of this test's own, signed in."""
    person = stack.new_person("artist")
    return api.signed_in(person["email"], person["password"]), person


def operator(stack: RunningStack) -> rebuild.Operator:
    return rebuild.Operator(stack.settings.session(), stack.settings.prefix())


def copies_of(stack: RunningStack, user_id: str) -> dict[str, Any]:
    """The name of somebody as every feature has it."""
    asked = operator(stack)
    found = {
        keeper: asked.ask(f"{keeper}-copies", userIds=[user_id])["items"]
        for keeper in rebuild.BY_IDS
    }
    for keeper in rebuild.LISTED:
        walked = [one for answer in asked.walk(f"{keeper}-copies") for one in answer["items"]]
        found[keeper] = [copy for copy in walked if copy["userId"] == user_id]
    return {keeper: [copy["name"] for copy in copies] for keeper, copies in found.items()}


def test_an_artist_is_found_and_their_name_follows_everywhere(
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
        return handle in [one["handle"] for one in api.get(search).json()["items"]]

    eventually(found, "the artist in a search")
    everywhere = {keeper: [NAME] for keeper in rebuild.KEEPERS}
    eventually(lambda: copies_of(stack, person["id"]) == everywhere, "the name everywhere")
    moved = api.get(f"/v1/profiles/artists/{person['id']}")  # requests follows the 308
    assert moved.history[0].status_code == 308
    assert moved.url.endswith(f"/{handle}")
    assert moved.json()["name"] == NAME


def test_a_rebuild_finds_nothing_different(stack: RunningStack) -> None:
    lines = list(rebuild.rebuild(operator(stack)))
    assert lines[-1] == f"the copies of {', '.join(rebuild.KEEPERS)} differ in nothing"
    assert not [line for line in lines if line.startswith("put right")]


def test_a_rebuild_puts_right_what_searches_lost(
    stack: RunningStack, artist: tuple[Api, dict[str, str]]
) -> None:
    signed_in, person = artist
    handle = f"lost{person['id'][-8:].lower()}"
    page = {"version": 0, "handle": handle, "listed": True, "styles": ["one-of-a-kind"]}
    eventually(lambda: signed_in.get(ME).json()["name"], "the card")
    page["version"] = signed_in.get(OWN_PAGE).json()["version"]
    assert signed_in.call("PATCH", OWN_PAGE, page).status_code == 200
    search = "/v1/profiles/artists?style=one-of-a-kind"
    assert [one["handle"] for one in signed_in.get(search).json()["items"]] == [handle]
    stack.client("dynamodb").delete_item(
        TableName=f"{stack.settings.prefix()}profiles",
        Key={"pk": {"S": "SEARCH#STYLE#one-of-a-kind"}, "sk": {"S": person["id"]}},
    )
    assert signed_in.get(search).json()["items"] == []
    lines = list(rebuild.rebuild(operator(stack)))
    assert f"put right: misfiled under search keys of {person['id']}" in lines[0]
    assert [one["handle"] for one in signed_in.get(search).json()["items"]] == [handle]
