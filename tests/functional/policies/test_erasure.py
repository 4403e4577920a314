"""A deleted account: nobody can tell any more who accepted, and the proof still holds."""

from datetime import timedelta

import pytest

from policies.store import table
from tests.functional.policies.conftest import NOON
from tests.functional.policies.world import (
    ARTIST,
    CLIENT,
    DEFAULT_KINDS,
    OTHER_ARTIST,
    OTHER_CLIENT,
    SERVICE,
    World,
    kept,
    outbox,
)
from tests.support import aws_calls
from tests.support.gateway import ADDRESS

ACCEPTANCES = "/v1/policies/acceptances"


def three_acceptances(world: World):
    version = world.publish()
    world.accept(version, signature="Ada Lovelace")
    world.accept(version, by=world.other_client, signature="Grace Hopper")
    world.accept(version, signature="Ada Lovelace")
    return version


def everything_said() -> str:
    """All that the table holds but the events on their way, which expire."""
    return str([item for item in kept() if not item["pk"]["S"].startswith("OUTBOX#")])


def test_nothing_of_the_person_stays_and_the_chain_holds(world: World) -> None:
    three_acceptances(world)
    before = world.verify()
    world.hear_of_deletion(CLIENT)
    assert world.verify() == before
    said = everything_said().replace(f"USER#{CLIENT}', 'sk': {{'S': 'DELETED'", "")
    said = said.replace(f"'USER#{CLIENT}'", "")
    assert CLIENT not in said
    assert "Ada" not in said
    erased = [link for link in kept("LINK#") if "person" not in link]
    assert len(erased) == 2
    assert all("salt" not in link for link in erased)


def test_all_others_stay_as_they_were(world: World) -> None:
    three_acceptances(world)
    (of_other,) = world.other_client.get(ACCEPTANCES).json_body["items"]
    world.hear_of_deletion(CLIENT)
    items = world.artist.get(ACCEPTANCES).json_body["items"]
    assert [item["signatory"] for item in items] == [None, of_other["signatory"], None]
    assert items[1] == of_other
    assert [item["number"] for item in items] == [3, 2, 1]


def test_the_chain_grows_on_after_an_erasure(world: World) -> None:
    version = three_acceptances(world)
    world.hear_of_deletion(CLIENT)
    assert world.accept(version, by=world.other_client).status_code == 201
    assert world.verify()["count"] == 4


def test_they_are_erased_from_the_chains_of_all_artists(world: World) -> None:
    for artist in (ARTIST, OTHER_ARTIST):
        world.accept(world.in_force(artist=artist)["deposit"])
    world.hear_of_deletion(CLIENT)
    assert len(kept("LINK#")) == 2
    assert ADDRESS not in everything_said()
    assert kept("GIVEN#") == []


def test_the_event_may_come_twice(world: World) -> None:
    three_acceptances(world)
    for _ in range(2):
        world.hear_of_deletion(CLIENT)
    assert world.verify()["valid"]


def test_an_erasure_that_broke_off_is_finished_by_the_next_delivery(world: World) -> None:
    three_acceptances(world)
    with aws_calls.failing("DeleteItem", RuntimeError("down")), pytest.raises(AssertionError):
        world.hear_of_deletion(CLIENT)
    assert len(kept("GIVEN#")) == 3
    world.hear_of_deletion(CLIENT)
    assert "Ada" not in everything_said()
    assert len(kept("GIVEN#")) == 1


def test_a_link_that_is_missing_does_not_come_back(world: World) -> None:
    three_acceptances(world)
    table.LinkItem(f"CHAIN#{ARTIST}", "LINK#0000000001").delete()
    world.hear_of_deletion(CLIENT)
    assert len(kept("LINK#")) == 2
    assert world.verify()["brokenAt"] == 1


def test_what_the_last_token_could_still_do_is_not_kept(world: World) -> None:
    version = three_acceptances(world)
    world.hear_of_deletion(CLIENT)
    links = kept("LINK#")
    answer = world.accept(version)
    assert (answer.status_code, answer.json_body["code"]) == (401, "session_ended")
    assert kept("LINK#") == links
    (mark,) = kept("DELETED")
    assert int(mark["expires_at"]["N"]) > (NOON + timedelta(hours=1)).timestamp()
    assert world.accept(version, by=world.other_client).status_code == 201


def test_an_artists_drafts_go_and_nothing_of_theirs_is_in_force(world: World) -> None:
    version = three_acceptances(world)
    own = world.publish(service=SERVICE)
    world.publish("consent")
    world.draft("age")
    told = len(outbox())
    world.hear_of_deletion(ARTIST)
    assert kept("DRAFT#") == kept("CURRENT#") == []
    found = world.in_force(SERVICE)
    assert sorted(found) == DEFAULT_KINDS
    assert {item["number"] for item in found.values()} == {1}
    # What clients agreed to, and the proof that they did, is theirs as well.
    assert world.version(version["versionId"]).json_body == version
    assert world.version(own["versionId"]).json_body == own
    assert world.verify()["count"] == 3
    assert len(outbox()) == told


def test_a_number_that_is_taken_is_not_taken_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With what is in force, the count of the versions is gone; the versions are not."""
    version = three_acceptances(world)
    world.hear_of_deletion(ARTIST)
    monkeypatch.setattr("shared.data.conflicts.time.sleep", lambda seconds: None)
    world.draft(text="The last token is still good.")
    assert world.publish_draft().status_code == 409
    assert world.version(version["versionId"]).json_body == version


def test_another_artist_loses_nothing(world: World) -> None:
    version = world.publish()
    world.draft("age")
    world.hear_of_deletion(OTHER_ARTIST)
    world.hear_of_deletion(OTHER_CLIENT)
    assert world.in_force()["cancellation"] == version
    assert len(kept("DRAFT#")) == 1
