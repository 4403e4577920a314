"""Acceptances of versions: what is stored, who sees them, and the verification of the chain."""

from collections.abc import Iterator
from datetime import timedelta
from hashlib import sha256
from typing import Any

import msgspec
import pytest
from time_machine import TimeMachineFixture

from domain.policy_terms import text_hash
from policies.rules.hash_chain import Head, Link
from policies.store import acceptances as store
from policies.store.table import BookedItem
from tests.functional.policies.world import (
    ARTIST,
    CLIENT,
    DEFAULT_KINDS,
    OTHER_CLIENT,
    OTHER_SERVICE,
    SERVICE,
    ULID,
    World,
    outbox,
    query,
    stored_items,
)
from tests.support import fake_aws
from tests.support.gateway import ADDRESS, ApiClient
from tests.support.threads import together

APPOINTMENT = "apt_01JD33C4D5E6F7G8H9J0KMNPQR"
ACCEPTANCES = "/v1/policies/acceptances"
TABLE = f"{fake_aws.PREFIX}-policies"


def list_page(client: ApiClient, **parameters: Any) -> dict[str, Any]:
    answer = client.get(f"{ACCEPTANCES}?" + query(**parameters))
    assert answer.status_code == 200, answer.body
    page: dict[str, Any] = answer.json_body
    return page


def list_all(client: ApiClient, **parameters: Any) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = []
    cursor = None
    while True:
        page = list_page(client, **parameters, cursor=cursor)
        items += page["items"]
        cursor = page["nextCursor"]
        if cursor is None:
            return items


# ---- accepting ---------------------------------------------------------------------------------


def test_an_acceptance_records_version_time_and_signatory(
    world: World, clock: TimeMachineFixture
) -> None:
    version = world.publish()
    world.consume_booking(APPOINTMENT)
    clock.shift(timedelta(hours=1))
    browser = world.client.with_headers({"user-agent": "Browser/1.0"})
    answer = world.accept(version, by=browser, appointmentId=APPOINTMENT)
    assert answer.status_code == 201
    body = answer.json_body
    (link,) = stored_items("LINK#")
    assert body == {
        "id": body["id"],
        "artistId": ARTIST,
        "number": 1,
        "versionId": version["versionId"],
        "textHash": version["textHash"],
        "appointmentId": APPOINTMENT,
        "acceptedAt": "2026-11-22T13:00:00Z",
        "hash": sha256(link["statement"]["S"].encode()).hexdigest(),
        "signatory": {
            "userId": CLIENT,
            "ip": ADDRESS,
            "userAgent": "Browser/1.0",
            "signature": "Ada Lovelace",
        },
        "intact": True,
    }
    assert body["id"].startswith("acc_")


def test_a_default_is_accepted_like_any_version(world: World) -> None:
    for kind in DEFAULT_KINDS:
        assert world.accept(world.in_force()[kind]).status_code == 201
    assert world.verify()["count"] == len(DEFAULT_KINDS)


def end(world: World, kind: str = "cancellation", **parameters: Any) -> None:
    answer = world.artist.delete(f"/v1/policies/overrides/{kind}?" + query(**parameters))
    assert answer.status_code == 204


def test_replaced_and_withdrawn_versions_cannot_be_accepted(world: World) -> None:
    default = world.in_force()["cancellation"]
    old = world.publish()
    world.publish(text="Newer.")
    own, waiver = world.publish(service=SERVICE), world.publish("consent")
    age = world.publish("age")
    end(world, serviceId=SERVICE)
    end(world, "consent", form="waiver")
    end(world, "age")
    for version in (default, old, own, waiver, age):
        answer = world.accept(version)
        assert (answer.status_code, answer.json_body["code"]) == (409, "not_in_force")
    assert stored_items("LINK#") == []


def test_a_version_can_be_accepted_for_the_appointments_that_it_binds(
    world: World, clock: TimeMachineFixture
) -> None:
    """Policies are agreed on when a slot is booked, or a proposal is sent."""
    old, waiver = world.publish(service=SERVICE), world.publish("consent")
    clock.shift(timedelta(hours=1))
    world.consume_booking(APPOINTMENT)
    clock.shift(timedelta(hours=1))
    middle = world.publish(text="Newer.", service=SERVICE)
    clock.shift(timedelta(hours=1))
    newest = world.publish(text="Newest.", service=SERVICE)
    end(world, "consent", form="waiver")
    proposed = "apt_01JD33C4D5E6F7G8H9J0KMNPQS"
    world.consume_booking(proposed, agreedAt="2026-11-22T14:30:00Z")
    for version, appointment, status in (
        (old, APPOINTMENT, 201),
        (middle, APPOINTMENT, 409),
        (newest, APPOINTMENT, 201),
        (old, proposed, 409),
        (middle, proposed, 201),
        (waiver, APPOINTMENT, 409),
    ):
        assert world.accept(version, appointmentId=appointment).status_code == status


def test_an_acceptance_of_a_deleted_artists_version_is_refused(world: World) -> None:
    version = world.publish()
    world.consume_user_deleted(ARTIST)
    assert world.accept(version).json_body["code"] == "not_in_force"


# ---- the appointment ---------------------------------------------------------------------------


def test_an_appointment_from_before_is_known_once_it_is_published_again(world: World) -> None:
    """What was booked before copies were kept is published again by a rebuild."""
    old = world.publish(service=SERVICE)
    assert world.accept(old, appointmentId=APPOINTMENT).status_code == 422
    booked = {"appointmentId": APPOINTMENT, "artistId": ARTIST, "clientId": CLIENT}
    agreed = {"serviceId": SERVICE, "agreedAt": "2026-11-22T12:00:00Z", "recordVersion": 3}
    world.consume("appointment.recorded", **booked | agreed)
    assert world.accept(old, appointmentId=APPOINTMENT).status_code == 201


def test_only_the_clients_own_appointment_with_the_artist_is_taken(world: World) -> None:
    general, own = world.publish(), world.publish(service=SERVICE)
    apt = {name: f"apt_01JD33C4D5E6F7G8H9J0KMNP{name}" for name in ("AA", "BB", "CC", "DD", "EE")}
    world.consume_booking(apt["AA"])
    world.consume_booking(apt["BB"], client=OTHER_CLIENT)
    world.consume_booking(apt["CC"], artist="usr_01JD30A1B2C3D4E5F6G7H8J9KM")
    world.consume_booking(apt["DD"], client=None)  # a walk-in without an account
    world.consume_booking(apt["EE"], serviceId=OTHER_SERVICE)
    unknown = "apt_01JD33C4D5E6F7G8H9J0KMNPFF"
    for version, appointment in (
        *((general, apt[name]) for name in ("BB", "CC", "DD")),
        (general, unknown),
        (own, apt["EE"]),
    ):
        answer = world.accept(version, appointmentId=appointment)
        assert answer.status_code == 422
        assert [error["field"] for error in answer.json_body["errors"]] == ["body.appointmentId"]
    assert stored_items("LINK#") == []
    for version, appointment in ((general, apt["AA"]), (own, apt["AA"]), (general, apt["EE"])):
        assert world.accept(version, appointmentId=appointment).status_code == 201


def test_a_booking_is_consumed_once_twice_and_late(world: World) -> None:
    version = world.publish()
    for _ in range(2):
        world.consume_booking(APPOINTMENT)
    assert len(stored_items("BOOKED#")) == 1
    assert world.accept(version, appointmentId=APPOINTMENT).status_code == 201
    for _ in range(2):
        world.consume_user_deleted(CLIENT)
    world.consume_booking(APPOINTMENT)
    assert stored_items("BOOKED#") == stored_items("ACCEPTED#") == []


def test_a_copy_that_is_saved_during_the_erasure_is_deleted(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    save = BookedItem.save

    def erase_then_save(item: BookedItem) -> Any:
        world.consume_user_deleted(CLIENT)
        return save(item)

    monkeypatch.setattr(BookedItem, "save", erase_then_save)
    world.consume_booking(APPOINTMENT)
    assert stored_items("BOOKED#") == []


# ---- once --------------------------------------------------------------------------------------


def test_a_version_is_accepted_once_for_each_appointment(world: World) -> None:
    version = world.publish()
    world.consume_booking(APPOINTMENT)
    first = world.accept(version)
    of_appointment = world.accept(version, appointmentId=APPOINTMENT)
    assert (first.status_code, of_appointment.status_code) == (201, 201)
    again = world.accept(version, signature="Somebody Else")
    assert (again.status_code, again.json_body) == (200, first.json_body)
    again = world.accept(version, appointmentId=APPOINTMENT)
    assert (again.status_code, again.json_body) == (200, of_appointment.json_body)
    assert world.accept(version, by=world.other_client).status_code == 201
    world.publish(text="Newer.")
    assert world.accept(version).json_body == first.json_body
    assert world.verify()["count"] == 3
    assert len(outbox("policy.accepted")) == 3


def test_concurrent_repetitions_accept_once(world: World) -> None:
    version = world.publish()
    answers = together(12, lambda: world.accept(version))
    assert sorted(answer.status_code for answer in answers) == [200] * 11 + [201]
    assert len({answer.body for answer in answers}) == 1
    assert len(stored_items("LINK#")) == len(stored_items("GIVEN#")) == 1


def test_an_acceptance_that_became_unreadable_can_be_repeated(world: World) -> None:
    version = world.publish()
    world.accept(version)
    put(stored_items("LINK#")[0] | {"statement": {"S": "{}"}})
    again = world.accept(version)
    assert (again.status_code, again.json_body["number"]) == (201, 2)
    assert world.accept(version).json_body == again.json_body
    delete(stored_items("LINK#")[1])
    assert world.accept(version, by=world.other_client).status_code == 201


# ---- what is refused ---------------------------------------------------------------------------


def test_the_hash_must_be_that_of_the_versions_text(world: World) -> None:
    version = world.publish()
    answer = world.accept(version, textHash=text_hash("Something nicer."))
    assert (answer.status_code, answer.json_body["code"]) == (409, "text_changed")
    assert stored_items("LINK#") == stored_items("HEAD") == stored_items("GIVEN#") == []


def test_artists_cannot_accept_their_own_policies(world: World) -> None:
    version = world.publish()
    assert world.accept(version, by=world.artist).status_code == 403
    assert world.accept(version, by=world.other_artist).status_code == 201
    assert world.accept(version, by=world.anybody).status_code == 401


@pytest.mark.parametrize("version_id", ["nonsense", f"pol_{ULID}_cancellation_9", "%00"])
def test_an_unpublished_version_cannot_be_accepted(world: World, version_id: str) -> None:
    version = {"versionId": version_id, "textHash": text_hash("x")}
    assert world.accept(version).status_code == 404


def test_a_signature_is_required_unless_the_form_says_otherwise(world: World) -> None:
    unsigned = world.publish("consent", form="newsletter", requiresSignature=False)
    assert world.accept(unsigned, signature=None).status_code == 201
    assert list_page(world.client)["items"][0]["signatory"]["signature"] is None
    for version in (world.publish("consent"), world.in_force()["cancellation"]):
        answer = world.accept(version, signature=None)
        assert answer.status_code == 422
        assert [error["field"] for error in answer.json_body["errors"]] == ["body.signature"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"textHash": "ABC"}, "body.textHash"),
        ({"textHash": "A" * 64}, "body.textHash"),
        ({"signature": ""}, "body.signature"),
        ({"signature": "  "}, "body.signature"),
        ({"signature": "x" * 201}, "body.signature"),
        ({"signature": "\u200b"}, "body.signature"),
        ({"signature": "\u3164\u2800"}, "body.signature"),
        ({"signature": "Ada\u202eecalevoL"}, "body.signature"),
        ({"signature": "Ada\x00"}, "body.signature"),
        ({"signature": "Ada\nLovelace"}, "body.signature"),
        ({"appointmentId": "1"}, "body.appointmentId"),
        ({"userId": OTHER_CLIENT}, "body.userId"),
        ({"ip": "203.0.113.1"}, "body.ip"),
        ({"acceptedAt": "2020-01-01T00:00:00Z"}, "body.acceptedAt"),
    ],
    ids=str,
)
def test_an_invalid_acceptance_is_refused_by_field(world: World, changes: Any, field: str) -> None:
    answer = world.accept(world.in_force()["cancellation"], **changes)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json_body["errors"]] == [field]
    assert stored_items("LINK#") == []


def test_the_address_is_the_gateways_whatever_the_headers(world: World) -> None:
    forging = world.client.with_headers({"x-forwarded-for": "203.0.113.1"})
    answer = world.accept(world.in_force()["deposit"], by=forging.from_address("192.0.2.44"))
    assert answer.json_body["signatory"]["ip"] == "192.0.2.44"


def test_a_strange_user_agent_is_stored_safely(world: World) -> None:
    for number, agent in enumerate(("", "x" * 5_000, "\ud800 ünï", "\x00")):
        strange = signatory(world, number).with_headers({"user-agent": agent})
        answer = world.accept(world.in_force()["deposit"], by=strange)
        assert answer.status_code == 201
        assert len(answer.json_body["signatory"]["userAgent"]) <= 500
    assert world.verify()["valid"]


def test_the_same_idempotency_key_accepts_once(world: World) -> None:
    keyed = world.client.with_headers({"idempotency-key": "accept-1"})
    answers = [world.accept(world.in_force()["deposit"], by=keyed) for _ in range(2)]
    assert answers[0].body == answers[1].body
    assert world.verify()["count"] == 1


# ---- lists -------------------------------------------------------------------------------------


def test_artist_and_client_list_their_own_acceptances(world: World) -> None:
    version = world.publish()
    first = world.accept(version).json_body
    second = world.accept(version, by=world.other_client).json_body
    assert list_page(world.artist)["items"] == [second, first]
    assert list_page(world.client)["items"] == [first]
    assert list_page(world.other_client)["items"] == [second]
    assert list_page(world.other_artist)["items"] == []


def test_an_artist_can_list_given_acceptances(world: World) -> None:
    received = world.accept(world.in_force()["deposit"]).json_body
    given = world.accept(world.in_force()["deposit"], by=world.other_artist).json_body
    assert list_page(world.other_artist)["items"] == []
    assert list_page(world.other_artist, side="given")["items"] == [given]
    assert list_page(world.artist, side="received")["items"] == [given, received]
    assert list_page(world.artist, side="given")["items"] == []
    assert list_page(world.client, side="received")["items"] == []


@pytest.mark.parametrize("limit", [1, 2, 3, 50])
def test_lists_are_paged(world: World, limit: int) -> None:
    given = [world.accept(world.publish(text=f"Text {n}.")).json_body for n in range(5)]
    assert list_all(world.artist, limit=limit) == given[::-1]
    assert list_all(world.client, limit=limit) == given[::-1]


def test_acceptances_of_several_artists_policies_are_one_list(world: World) -> None:
    mine = world.accept(world.in_force()["deposit"]).json_body
    other = world.in_force(artist="usr_01JD30A1B2C3D4E5F6G7H8J9KM")["deposit"]
    theirs = world.accept(other).json_body
    assert (mine["number"], theirs["number"]) == (1, 1)
    assert list_all(world.client, limit=1) == [theirs, mine]


def test_a_cursor_is_only_valid_for_its_list(world: World) -> None:
    for number in range(3):
        world.accept(world.publish(text=f"Text {number}."))
    cursor = list_page(world.artist, limit=1)["nextCursor"]
    for client, parameters in (
        (world.artist, {"side": "given"}),
        (world.client, {}),
        (world.other_artist, {}),
    ):
        path = f"{ACCEPTANCES}?" + query(cursor=cursor, **parameters)
        assert client.get(path).status_code == 422


@pytest.mark.parametrize(
    ("number", "edit"),
    [
        (2, {"statement": {"S": "nonsense"}}),
        (2, {"statement": {"N": "7"}}),
        (2, {"statement": None}),
        (2, {"hash": {"NULL": True}}),
        (2, {"person": {"S": "nonsense"}}),
        (None, {"sk": {"S": "LINK#x"}}),
    ],
    ids=str,
)
def test_one_corrupt_link_is_marked_and_does_not_break_the_list(
    world: World, number: int | None, edit: Any
) -> None:
    chain_of(world, 3)
    link = stored_items("LINK#")[1]
    delete(link)
    edited = link | edit
    put({name: value for name, value in edited.items() if value is not None})
    page = list_page(world.artist)
    assert sorted(item["number"] for item in page["items"]) == [1, 3]
    assert page["unreadable"] == [{"artistId": ARTIST, "number": number}]
    given = list_page(signatory(world, 1))
    assert given["items"] == []
    assert given["unreadable"] == [{"artistId": ARTIST, "number": 2}]
    assert not world.verify()["valid"]


@pytest.mark.parametrize("name", ["statement", "hash", "person", "salt"])
def test_a_link_that_was_changed_is_marked_in_the_list(world: World, name: str) -> None:
    chain_of(world, 3)
    link = stored_items("LINK#")[1]
    text = link[name]["S"]
    changed = text.replace("Signature 1", "Signature X") if name == "person" else text
    changed = text.replace("2026-11-22", "2025-11-22") if name == "statement" else changed
    put(link | {name: {"S": changed if changed != text else "0" * 64}})
    page = list_page(world.artist)
    assert [(item["number"], item["intact"]) for item in page["items"]] == [
        (3, True), (2, False), (1, True)
    ]  # fmt: skip
    assert page["unreadable"] == []


# ---- verification ------------------------------------------------------------------------------


def chain_of(world: World, count: int) -> None:
    version = world.publish()
    for number in range(count):
        answer = world.accept(version, signatory(world, number), signature=f"Signature {number}")
        assert answer.status_code == 201, answer.body


def signatory(world: World, number: int) -> ApiClient:
    """Return one of many clients."""
    return world.anybody.as_user(f"usr_01JD31N0P1Q2R3S4T5V6W7{number:04}")


def put(item: dict[str, Any]) -> None:
    fake_aws.client("dynamodb").put_item(TableName=TABLE, Item=item)


def delete(item: dict[str, Any]) -> None:
    key = {name: item[name] for name in ("pk", "sk")}
    fake_aws.client("dynamodb").delete_item(TableName=TABLE, Key=key)


def test_an_empty_chain_is_valid(world: World) -> None:
    assert world.verify() == {"valid": True, "count": 0, "head": None, "brokenAt": None}


def test_the_verification_returns_the_newest_hash(world: World) -> None:
    version = world.publish()
    hashes = [world.accept(version, signatory(world, n)).json_body["hash"] for n in range(3)]
    assert world.verify() == {"valid": True, "count": 3, "head": hashes[-1], "brokenAt": None}


def test_links_stay_in_order_beyond_the_ninth(world: World) -> None:
    chain_of(world, 12)
    assert world.verify()["count"] == 12
    numbers = [item["number"] for item in list_page(world.artist)["items"]]
    assert numbers == list(range(12, 0, -1))


def test_each_artist_has_a_chain_of_their_own(world: World) -> None:
    chain_of(world, 2)
    answer = world.other_artist.get(f"{ACCEPTANCES}/verify")
    assert answer.json_body["count"] == 0


def edits(value: dict[str, str], step: int = 1) -> Iterator[dict[str, Any]]:
    """Yield edits of a stored value: other types, and one for every `step`-th character."""
    ((kind, text),) = value.items()
    yield {"N" if kind == "S" else "S": "7"}
    yield {"NULL": True}
    yield {kind: "0" if kind == "N" else ""}
    if kind == "N":
        yield {"N": str(int(text) + 1)}
        yield {"N": str(int(text) - 1)}
        return
    for at in range(0, len(text), step):
        yield {"S": text[:at] + chr(ord(text[at]) ^ 1) + text[at + 1 :]}
    yield {"S": text + " "}


def test_every_attribute_of_a_link_is_verified(world: World) -> None:
    """tests/unit/policies/test_hash_chain.py edits every single byte, in memory."""
    chain_of(world, 3)
    stored = stored_items("LINK#")[1]
    tried = 0
    for name in ("statement", "hash", "person", "salt"):
        for edited in edits(stored[name], step=11):
            put(stored | {name: edited})
            proof = world.verify()
            assert (proof["valid"], proof["brokenAt"], proof["count"]) == (False, 2, 1), edited
            tried += 1
        put({key: value for key, value in stored.items() if key != name})
        assert world.verify()["brokenAt"] == 2
    assert tried > 70
    put(stored)
    assert world.verify()["valid"]


def test_every_attribute_of_the_head_is_verified(world: World) -> None:
    chain_of(world, 3)
    (stored,) = stored_items("HEAD")
    for name in ("number", "hash"):
        for edited in edits(stored[name], step=11):
            put(stored | {name: edited})
            assert not world.verify()["valid"], edited
        put({key: value for key, value in stored.items() if key != name})
        assert not world.verify()["valid"]
    delete(stored)
    assert world.verify() == {"valid": False, "count": 0, "head": None, "brokenAt": 1}
    put(stored)
    assert world.verify()["valid"]


@pytest.mark.parametrize(("taken", "broken_at"), [([1], 1), ([3], 3), ([5], 5), ([4, 5], 4)])
def test_removed_links_are_detected(world: World, taken: Any, broken_at: int) -> None:
    chain_of(world, 5)
    links = stored_items("LINK#")
    for number in taken:
        delete(links[number - 1])
    assert world.verify()["brokenAt"] == broken_at


def test_a_chain_cut_off_together_with_its_head_is_detected(world: World) -> None:
    chain_of(world, 5)
    links, (head,) = stored_items("LINK#"), stored_items("HEAD")
    put(head | {"number": {"N": "3"}, "hash": links[2]["hash"]})
    delete(links[4])
    proof = world.verify()
    assert (proof["count"], proof["brokenAt"]) == (3, 4)


@pytest.mark.parametrize(
    ("number", "key"),
    [
        (1, "LINK#00000000001"),  # sorts into the same place
        (2, "LINK#0000000003"),
        (2, "LINK#2"),
        (2, "LINK#x"),
        (3, "LINK#3"),  # sorts into the same place
    ],
)
def test_a_link_under_another_key_is_not_valid(world: World, number: int, key: str) -> None:
    chain_of(world, 3)
    stored = stored_items("LINK#")[number - 1]
    delete(stored)
    put(stored | {"sk": {"S": key}})
    assert not world.verify()["valid"]


def test_an_inserted_link_is_detected(world: World) -> None:
    chain_of(world, 3)
    last = stored_items("LINK#")[-1]
    put(last | {"sk": {"S": "LINK#0000000004"}})
    assert world.verify()["brokenAt"] == 4
    put(last | {"sk": {"S": "LINK#0000000000"}})
    assert world.verify()["brokenAt"] == 1


def test_a_link_of_another_artists_chain_is_detected(world: World) -> None:
    chain_of(world, 1)
    put(stored_items("LINK#")[0] | {"pk": {"S": "CHAIN#usr_01JD30A1B2C3D4E5F6G7H8J9KM"}})
    answer = world.other_artist.get(f"{ACCEPTANCES}/verify")
    assert answer.json_body["brokenAt"] == 1


def test_an_acceptance_during_the_verification_is_valid(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    chain_of(world, 2)
    version, read_chain = world.in_force()["cancellation"], store.read_chain

    def meanwhile(artist_id: str) -> Iterator[Link]:
        assert world.accept(version).status_code == 201
        return read_chain(artist_id)

    monkeypatch.setattr(store, "read_chain", meanwhile)
    proof = world.verify()
    assert (proof["valid"], proof["count"]) == (True, 2)


def test_nothing_is_appended_to_an_unreadable_head(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    chain_of(world, 1)
    monkeypatch.setattr("shared.data.conflicts.time.sleep", lambda seconds: None)
    (head,) = stored_items("HEAD")
    put(head | {"number": {"S": "1"}})
    answer = world.accept(world.in_force()["cancellation"])
    assert (answer.status_code, answer.json_body["code"]) == (409, "busy")
    assert store.find_head(ARTIST) == store.UNREADABLE_HEAD == Head(0, "")


def test_a_link_never_overwrites_another(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A head that was turned back does not make us overwrite the links after it."""
    chain_of(world, 5)
    monkeypatch.setattr("shared.data.conflicts.time.sleep", lambda seconds: None)
    links, (head,) = stored_items("LINK#"), stored_items("HEAD")
    put(head | {"number": {"N": "3"}, "hash": links[2]["hash"]})
    assert world.accept(world.in_force()["cancellation"]).status_code == 409
    assert stored_items("LINK#") == links


def test_a_link_is_only_appended_to_the_current_head(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even if the place after an older head is free again."""
    chain_of(world, 3)
    links = stored_items("LINK#")
    delete(links[2])
    older = iter([Head(2, links[1]["hash"]["S"])])
    find_head = store.find_head
    monkeypatch.setattr(
        store, "find_head", lambda artist_id: next(older, None) or find_head(artist_id)
    )
    assert world.accept(world.in_force()["cancellation"]).json_body["number"] == 4
    assert world.verify()["brokenAt"] == 3


# ---- concurrency -------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(3))
def test_concurrent_acceptances_are_all_in_the_chain(world: World, seed: Any) -> None:
    version = world.publish()
    numbers = iter(range(8))
    answers = together(8, lambda: world.accept(version, signatory(world, next(numbers))))
    assert {answer.status_code for answer in answers} == {201}
    assert sorted(answer.json_body["number"] for answer in answers) == list(range(1, 9))
    proof = world.verify()
    assert (proof["valid"], proof["count"]) == (True, 8)
    assert len(outbox("policy.accepted")) == len(stored_items("GIVEN#")) == 8


def test_what_is_stored_of_an_acceptance_is_what_was_hashed(world: World) -> None:
    world.accept(world.publish())
    (link,) = stored_items("LINK#")
    statement = msgspec.json.decode(link["statement"]["S"])
    committed = sha256(f"{link['salt']['S']}\n{link['person']['S']}".encode()).hexdigest()
    assert statement["commitment"] == committed
    assert len(bytes.fromhex(link["salt"]["S"])) == 32
    for personal in (CLIENT, ADDRESS, "Ada"):
        assert personal not in link["statement"]["S"]
