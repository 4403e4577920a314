"""Erasure of deleted accounts: signatories are erased, and the chain is still valid."""

from typing import Any

import pytest

from policies.store import drafts, table, versions
from tests.functional.policies.world import (
    ARTIST,
    CLIENT,
    DEFAULT_KINDS,
    DRAFTS,
    OTHER_ARTIST,
    OTHER_CLIENT,
    SERVICE,
    World,
    outbox,
    query,
    stored_items,
)
from tests.support import aws_calls
from tests.support.gateway import ADDRESS

ACCEPTANCES = "/v1/policies/acceptances"


def three_acceptances(world: World) -> dict[str, Any]:
    world.accept(world.publish(text="Older."), signature="Ada Lovelace")
    version = world.publish()
    world.accept(version, by=world.other_client, signature="Grace Hopper")
    world.accept(version, signature="Ada Lovelace")
    return version


def stored_text() -> str:
    """Return all items as text, without the events in the outbox, which expire."""
    return str([item for item in stored_items() if not item["pk"]["S"].startswith("OUTBOX#")])


def test_the_signatory_is_erased_and_the_chain_is_valid(world: World) -> None:
    three_acceptances(world)
    before = world.verify()
    world.consume_user_deleted(CLIENT)
    assert world.verify() == before
    text = stored_text()
    assert CLIENT not in text
    assert "Ada" not in text
    erased = [link for link in stored_items("LINK#") if "person" not in link]
    assert len(erased) == 2
    assert all("salt" not in link for link in erased)


def test_other_signatories_are_kept(world: World) -> None:
    three_acceptances(world)
    (of_other,) = world.other_client.get(ACCEPTANCES).json_body["items"]
    world.consume_user_deleted(CLIENT)
    items = world.artist.get(ACCEPTANCES).json_body["items"]
    assert [item["signatory"] for item in items] == [None, of_other["signatory"], None]
    assert items[1] == of_other
    assert [item["number"] for item in items] == [3, 2, 1]


def test_the_chain_can_grow_after_an_erasure(world: World) -> None:
    version = three_acceptances(world)
    world.consume_user_deleted(CLIENT)
    world.accept(world.in_force()["deposit"], by=world.other_client)
    assert world.accept(version, by=world.other_artist).status_code == 201
    assert world.verify()["count"] == 5


def test_a_user_is_erased_from_the_chains_of_all_artists(world: World) -> None:
    for artist in (ARTIST, OTHER_ARTIST):
        world.accept(world.in_force(artist=artist)["deposit"])
    world.consume_user_deleted(CLIENT)
    assert len(stored_items("LINK#")) == 2
    assert ADDRESS not in stored_text()
    assert stored_items("GIVEN#") == []


def test_the_event_may_arrive_twice(world: World) -> None:
    three_acceptances(world)
    for _ in range(2):
        world.consume_user_deleted(CLIENT)
    assert world.verify()["valid"]


def test_a_failed_erasure_is_completed_by_the_next_delivery(world: World) -> None:
    three_acceptances(world)
    with aws_calls.failing("DeleteItem", RuntimeError("down")), pytest.raises(AssertionError):
        world.consume_user_deleted(CLIENT)
    assert len(stored_items("GIVEN#")) == 3
    world.consume_user_deleted(CLIENT)
    assert "Ada" not in stored_text()
    assert len(stored_items("GIVEN#")) == 1


def test_an_erasure_does_not_restore_a_missing_link(world: World) -> None:
    three_acceptances(world)
    table.LinkItem(f"CHAIN#{ARTIST}", "LINK#0000000001").delete()
    world.consume_user_deleted(CLIENT)
    assert len(stored_items("LINK#")) == 2
    assert world.verify()["brokenAt"] == 1


def test_acceptances_by_the_last_access_token_are_refused(world: World) -> None:
    version = three_acceptances(world)
    world.consume_user_deleted(CLIENT)
    links = stored_items("LINK#")
    answer = world.accept(version)
    assert (answer.status_code, answer.json_body["code"]) == (401, "session_ended")
    assert stored_items("LINK#") == links
    assert world.accept(version, by=world.other_artist).status_code == 201


def test_the_token_of_a_deleted_artist_writes_nothing(world: World) -> None:
    three_acceptances(world)
    world.publish(service=SERVICE)
    version = world.draft("age").json_body["version"]
    world.consume_user_deleted(ARTIST)
    before = stored_text()
    override = "/v1/policies/overrides/cancellation?" + query(serviceId=SERVICE)
    for answer in (
        world.draft(),
        world.publish_draft("age", version=version),
        world.artist.delete(f"{DRAFTS}/age"),
        world.artist.delete(override),
    ):
        assert (answer.status_code, answer.json_body["code"]) == (401, "session_ended")
    assert stored_text() == before


@pytest.mark.parametrize("is_saved", [True, False])
def test_a_request_that_was_running_at_the_deletion_writes_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch, is_saved: bool
) -> None:
    """The account is deleted between the first question for it and the transaction."""
    version = world.draft().json_body["version"]
    module, name = (drafts, "save_draft") if is_saved else (versions, "publish")
    write = getattr(module, name)

    def delete_then_write(*arguments: Any) -> None:
        monkeypatch.setattr(module, name, write)
        world.consume_user_deleted(ARTIST)
        write(*arguments)

    monkeypatch.setattr(module, name, delete_then_write)
    answer = world.draft() if is_saved else world.publish_draft(version=version)
    assert (answer.status_code, answer.json_body["code"]) == (401, "session_ended")
    assert stored_items("DRAFT#") == stored_items("VERSION#") == []
    assert outbox() == []


def test_drafts_and_policies_in_force_of_an_artist_are_deleted(world: World) -> None:
    version = three_acceptances(world)
    own = world.publish(service=SERVICE)
    world.publish("consent")
    world.draft("age")
    before = len(outbox())
    world.consume_user_deleted(ARTIST)
    assert stored_items("DRAFT#") == stored_items("CURRENT#") == []
    policies = world.in_force(SERVICE)
    assert sorted(policies) == DEFAULT_KINDS
    assert {item["number"] for item in policies.values()} == {1}
    # What clients agreed to, and the proof of it, is theirs as well.
    assert world.version(version["versionId"]).json_body == version
    assert world.version(own["versionId"]).json_body == own
    assert world.verify()["count"] == 3
    assert len(outbox()) == before


def test_other_artists_keep_their_policies(world: World) -> None:
    version = world.publish()
    world.draft("age")
    world.consume_user_deleted(OTHER_ARTIST)
    world.consume_user_deleted(OTHER_CLIENT)
    assert world.in_force()["cancellation"] == version
    assert len(stored_items("DRAFT#")) == 1
