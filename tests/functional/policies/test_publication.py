"""Publication of an artist's policies: drafts, versions, and withdrawals."""

from datetime import timedelta
from typing import Any

import pytest
from chalice.test import HTTPResponse
from time_machine import TimeMachineFixture

from domain.policy_terms import DEFAULTS, PolicyKind, Terms
from policies.models import Subject
from policies.store import versions as store
from policies.use_cases import publication
from shared.data.conflicts import WriteConflict
from tests.functional.policies.world import (
    ARTIST,
    CLIENT,
    DEFAULT_KINDS,
    DRAFTS,
    FOREIGN_SERVICE,
    HALF,
    OTHER_SERVICE,
    RULES,
    SERVICE,
    TEXT,
    World,
    outbox,
    query,
    stored_items,
)
from tests.support import fake_aws
from tests.support.threads import together

OVERRIDES = "/v1/policies/overrides"


def list_drafts(world: World, **parameters: Any) -> dict[str, Any]:
    answer = world.artist.get(f"{DRAFTS}?" + query(**parameters))
    assert answer.status_code == 200, answer.body
    page: dict[str, Any] = answer.json_body
    return page


def withdraw(world: World, kind: str = "cancellation", **parameters: Any) -> HTTPResponse:
    return world.artist.delete(f"{OVERRIDES}/{kind}?" + query(**parameters))


# ---- drafts --------------------------------------------------------------------------------------


def test_a_draft_is_stored_as_it_was_saved(world: World) -> None:
    answer = world.draft()
    assert answer.status_code == 200
    assert answer.json_body == {
        "kind": "cancellation",
        "serviceId": None,
        "form": None,
        "text": TEXT,
        "rules": RULES["cancellation"],
        "savedAt": "2026-11-22T12:00:00Z",
        "version": answer.json_body["version"],
    }
    assert answer.json_body["version"].startswith("rev_")
    assert list_drafts(world) == {"items": [answer.json_body], "nextCursor": None}


def test_saving_again_replaces_the_draft_of_the_same_subject_only(world: World) -> None:
    world.draft()
    own = world.draft(service=SERVICE).json_body
    waiver = world.draft("consent").json_body
    photos = world.draft("consent", form="photos").json_body
    second = world.draft(text="Second.").json_body
    items = list_drafts(world)["items"]
    assert len(items) == 4
    assert all(draft in items for draft in (own, waiver, photos, second))


def test_drafts_are_paged(world: World) -> None:
    for kind in RULES:
        world.draft(kind)
    items, cursor = [], None
    while True:
        page = list_drafts(world, limit=4, cursor=cursor)
        items += page["items"]
        cursor = page["nextCursor"]
        assert len(page["items"]) == 4 or cursor is None
        if cursor is None:
            break
    assert sorted(draft["kind"] for draft in items) == sorted(RULES)


def test_a_cursor_of_another_artist_is_refused(world: World) -> None:
    for kind in ("age", "design"):
        world.draft(kind)
    cursor = list_drafts(world, limit=1)["nextCursor"]
    answer = world.other_artist.get(f"{DRAFTS}?" + query(cursor=cursor))
    assert answer.status_code == 422


def test_deleting_a_draft_can_be_repeated(world: World) -> None:
    world.draft()
    own = world.draft(service=SERVICE).json_body
    for _ in range(2):
        assert world.artist.delete(f"{DRAFTS}/cancellation").status_code == 204
    assert list_drafts(world)["items"] == [own]
    path = f"{DRAFTS}/cancellation?" + query(serviceId=SERVICE)
    assert world.artist.delete(path).status_code == 204
    assert list_drafts(world)["items"] == []
    assert outbox() == []


def test_a_draft_of_a_form_is_deleted_by_its_slug(world: World) -> None:
    world.draft("consent")
    photos = world.draft("consent", form="photos").json_body
    assert world.artist.delete(f"{DRAFTS}/consent?form=waiver").status_code == 204
    assert list_drafts(world)["items"] == [photos]
    assert world.artist.delete(f"{DRAFTS}/consent").status_code == 422
    assert world.artist.delete(f"{DRAFTS}/cancellation?form=waiver").status_code == 422


def test_each_artist_has_drafts_of_their_own(world: World) -> None:
    world.draft()
    assert world.other_artist.get(DRAFTS).json_body["items"] == []
    assert world.other_artist.delete(f"{DRAFTS}/cancellation").status_code == 204
    body = {"version": list_drafts(world)["items"][0]["version"]}
    assert world.other_artist.post(f"{DRAFTS}/cancellation/publish", json=body).status_code == 404
    assert len(list_drafts(world)["items"]) == 1


@pytest.mark.parametrize("kind", RULES)
def test_the_rules_must_match_the_kind_in_the_path(world: World, kind: Any) -> None:
    other = "age" if kind != "age" else "design"
    body = {"text": TEXT, "rules": RULES[other]}
    answer = world.artist.put(f"{DRAFTS}/{kind}", json=body)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json_body["errors"]] == ["body.rules.type"]
    assert stored_items() == []


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"text": ""}, "body.text"),
        ({"text": " \n"}, "body.text"),
        ({"text": "x" * 20_001}, "body.text"),
        ({"rules": {"type": "cancellation"}}, "body.rules"),
        ({"rules": RULES["cancellation"] | {"price": 1}}, "body.rules"),
        (
            {"rules": {"type": "cancellation", "tiers": [{"hoursBefore": -1, "fee": HALF}]}},
            "body.rules.tiers[0].hoursBefore",
        ),
        ({"serviceId": "svc_1"}, "body.serviceId"),
        ({"serviceId": FOREIGN_SERVICE}, "body.serviceId"),
        ({"serviceId": ARTIST}, "body.serviceId"),
    ],
    ids=lambda value: str(value)[:60],
)
def test_an_invalid_draft_is_refused_by_field(world: World, changes: Any, field: str) -> None:
    body = {"text": TEXT, "rules": RULES["cancellation"]} | changes
    answer = world.artist.put(f"{DRAFTS}/cancellation", json=body)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json_body["errors"]] == [field]
    assert stored_items() == []


def test_unknown_kinds_are_not_found(world: World) -> None:
    body = {"text": TEXT, "rules": RULES["age"]}
    for method, path in (
        ("PUT", f"{DRAFTS}/nonsense"),
        ("DELETE", f"{DRAFTS}/nonsense"),
        ("POST", f"{DRAFTS}/nonsense/publish"),
        ("DELETE", f"{OVERRIDES}/nonsense"),
    ):
        sent = body if method == "PUT" else {"version": "rev_1"}
        assert world.artist.request(method, path, json=sent).status_code == 404


# ---- publishing --------------------------------------------------------------------------------


def test_publishing_deletes_the_draft(world: World) -> None:
    world.publish()
    assert list_drafts(world)["items"] == []
    answer = world.publish_draft()
    assert (answer.status_code, answer.json_body["code"]) == (404, "not_found")
    assert len(stored_items("VERSION#")) == 1


def test_publishing_for_a_service_keeps_the_general_draft(world: World) -> None:
    world.draft()
    own = world.draft(text="For the service.", service=SERVICE).json_body
    assert world.publish_draft(service=SERVICE).json_body["text"] == own["text"]
    assert [draft["text"] for draft in list_drafts(world)["items"]] == [TEXT]


@pytest.mark.parametrize(
    ("kind", "body", "field"),
    [
        ("cancellation", {"serviceId": FOREIGN_SERVICE}, "body.serviceId"),
        ("cancellation", {"serviceId": "nonsense"}, "body.serviceId"),
        ("cancellation", {"form": "waiver"}, "body.form"),
        ("consent", {}, "body.form"),
        ("consent", {"form": "No slug"}, "body.form"),
    ],
)
def test_an_invalid_publication_is_refused_by_field(
    world: World, kind: str, body: Any, field: str
) -> None:
    world.draft(kind)
    answer = world.artist.post(f"{DRAFTS}/{kind}/publish", json={"version": "rev_1"} | body)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json_body["errors"]] == [field]
    assert stored_items("VERSION#") == []


def test_a_published_version_never_changes(world: World, clock: TimeMachineFixture) -> None:
    first = world.publish()
    stored = stored_items("VERSION#")
    clock.shift(timedelta(days=1))
    world.draft(text="Another text.", tiers=[])
    world.publish_draft()
    world.draft(text="A third text.")
    world.artist.delete(f"{DRAFTS}/cancellation")
    world.publish(service=SERVICE, text="For the service.")
    withdraw(world, serviceId=SERVICE)
    assert world.version(first["versionId"]).json_body == first
    assert stored[0] in stored_items("VERSION#")


def test_the_same_idempotency_key_publishes_once(world: World) -> None:
    world.draft()
    keyed = world.artist.with_headers({"idempotency-key": "publish-1"})
    body = {"version": world.draft().json_body["version"]}
    answers = [keyed.post(f"{DRAFTS}/cancellation/publish", json=body) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].body == answers[1].body
    assert len(stored_items("VERSION#")) == 1


@pytest.mark.parametrize("seed", range(3))
def test_concurrent_requests_publish_a_draft_once(world: World, seed: Any) -> None:
    version = world.draft().json_body["version"]
    statuses = together(8, lambda: world.publish_draft(version=version).status_code)
    assert sorted(statuses) == [201] + [404] * 7
    assert len(stored_items("VERSION#")) == len(outbox("policy.published")) == 1


@pytest.mark.parametrize("seed", range(3))
def test_concurrent_saves_and_publications_share_no_number_and_lose_no_draft(
    world: World, seed: Any
) -> None:
    """Each request saves a text of its own, and publishes that or nothing.

    A draft may be replaced by a later one before it is published, but the last one must be a
    version, and no text may be published twice, or by another request.
    """
    texts = iter([f"Text {n}." for n in range(6)])

    def save_and_publish() -> tuple[str, HTTPResponse]:
        saved = world.draft(text=next(texts)).json_body
        return saved["text"], world.publish_draft(version=saved["version"])

    answers = together(6, save_and_publish)
    for text, answer in answers:
        if answer.status_code == 201:
            assert answer.json_body["text"] == text
        else:
            assert answer.json_body["code"] in ("draft_changed", "not_found")
    versions = [answer.json_body for _, answer in answers if answer.status_code == 201]
    numbers = sorted(version["number"] for version in versions)
    assert numbers == list(range(2, len(versions) + 2))
    assert list_drafts(world)["items"] == []
    newest = max(versions, key=lambda version: version["number"])
    assert world.in_force()["cancellation"] == newest


def test_a_draft_that_nobody_saw_is_not_published(world: World) -> None:
    seen = world.draft(text="10 %.").json_body["version"]
    world.draft(text="90 %.")  # by another session
    for version in (seen, "rev_01JD2Z5Q0V8XKM3F7T9B4N6RWC"):
        answer = world.publish_draft(version=version)
        assert (answer.status_code, answer.json_body["code"]) == (409, "draft_changed")
    without = world.artist.post(f"{DRAFTS}/cancellation/publish", json={})
    assert [error["field"] for error in without.json_body["errors"]] == ["body.version"]
    assert stored_items("VERSION#") == []
    (draft,) = list_drafts(world)["items"]
    assert world.publish_draft(version=draft["version"]).json_body["text"] == "90 %."
    # The version of a draft is never used again.
    world.draft(text="10 %.")
    assert world.publish_draft(version=seen).json_body["code"] == "draft_changed"


def test_a_draft_saved_during_a_publication_is_not_published_unseen(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other request arrives exactly between the read of a draft and its publication."""
    seen = world.draft(text="First.").json_body["version"]
    find_current = store.find_current
    saves = iter([lambda: world.draft(text="Second.")])

    def meanwhile(subject: Subject) -> Terms | None:
        next(saves, lambda: None)()
        return find_current(subject)

    monkeypatch.setattr(store, "find_current", meanwhile)
    assert world.publish_draft(version=seen).json_body["code"] == "draft_changed"
    assert [draft["text"] for draft in list_drafts(world)["items"]] == ["Second."]
    assert stored_items("VERSION#") == []


def test_a_version_published_during_a_withdrawal_is_withdrawn_too(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A withdrawal applies to the version that is current when it is written."""
    world.publish(service=SERVICE)
    world.draft(service=SERVICE, text="Newer.")
    find_current = store.find_current
    turns = iter([True])

    def meanwhile(subject: Subject) -> Terms | None:
        current = find_current(subject)
        if next(turns, False):
            assert world.publish_draft(service=SERVICE).status_code == 201
        return current

    monkeypatch.setattr(store, "find_current", meanwhile)
    assert withdraw(world, serviceId=SERVICE).status_code == 204
    (withdrawn,) = outbox("policy.withdrawn")
    assert withdrawn.data["number"] == 2
    assert world.in_force(SERVICE)["cancellation"]["serviceId"] is None
    assert world.publish(service=SERVICE)["number"] == 3


def test_a_request_that_always_loses_the_race_is_busy(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lose_the_race(*_: object) -> None:
        raise WriteConflict

    world.draft()
    monkeypatch.setattr(store, "publish", lose_the_race)
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    answer = world.publish_draft()
    assert (answer.status_code, answer.json_body["code"]) == (409, "busy")
    assert answer.headers["Retry-After"] == "1"


def test_the_number_of_policies_is_limited(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publication, "MAX_SUBJECTS", 2)
    world.publish()
    world.publish("age")
    world.draft("no_show")
    answer = world.publish_draft("no_show")
    assert (answer.status_code, answer.json_body["code"]) == (409, "too_many_policies")
    assert len(list_drafts(world)["items"]) == 1
    world.publish("age")  # a new version does not count as another policy
    assert withdraw(world, "age").status_code == 204
    assert world.publish_draft("no_show").status_code == 201  # one that ended does not count
    world.draft("age")
    assert world.publish_draft("age").json_body["code"] == "too_many_policies"


def test_what_earlier_versions_stored_is_still_read(world: World) -> None:
    """They stored the text with the terms, and kept the item of a subject that was withdrawn."""
    version, own = world.publish(), world.publish(service=SERVICE)
    current = {item["sk"]["S"]: item for item in stored_items("CURRENT#")}
    of_service = current.pop(next(key for key in current if "#*#" not in key))
    (general,) = current.values()
    client = fake_aws.client("dynamodb")
    table = f"{fake_aws.PREFIX}-policies"
    client.put_item(TableName=table, Item=general | {"text": {"S": TEXT}})
    kept = {name: of_service[name] for name in ("pk", "sk", "number", "service_id")}
    client.put_item(TableName=table, Item=kept)
    assert world.in_force(SERVICE)["cancellation"] == version
    assert withdraw(world, serviceId=SERVICE).status_code == 404
    assert world.accept(own).json_body["code"] == "not_in_force"
    assert world.publish(service=SERVICE)["number"] == 2


# ---- withdrawal --------------------------------------------------------------------------------


def test_withdrawing_a_services_policy_restores_the_general_one(
    world: World, clock: TimeMachineFixture
) -> None:
    general = world.publish(text="General.")
    own = world.publish(service=SERVICE)
    other = world.publish(service=OTHER_SERVICE)
    clock.shift(timedelta(days=1))
    assert withdraw(world, serviceId=SERVICE).status_code == 204
    assert world.in_force(SERVICE)["cancellation"] == general
    assert world.in_force(OTHER_SERVICE)["cancellation"] == other
    ended = world.version(own["versionId"]).json_body
    assert ended == own | {"withdrawnAt": "2026-11-23T12:00:00Z"}


def test_withdrawing_without_a_general_policy_restores_the_default(world: World) -> None:
    world.publish(service=SERVICE)
    withdraw(world, serviceId=SERVICE)
    policy = world.in_force(SERVICE)["cancellation"]
    assert (policy["number"], policy["text"]) == (1, DEFAULTS[PolicyKind.CANCELLATION].text)


def test_a_withdrawn_policy_stays_withdrawn_until_it_is_published_again(world: World) -> None:
    world.publish(service=SERVICE)
    assert withdraw(world, serviceId=SERVICE).status_code == 204
    assert withdraw(world, serviceId=SERVICE).status_code == 404
    again = world.publish(service=SERVICE)
    assert again["number"] == 2  # numbers are never reused
    assert world.in_force(SERVICE)["cancellation"] == again
    assert withdraw(world, serviceId=SERVICE).status_code == 204
    assert len(outbox("policy.withdrawn")) == 2


def test_a_general_consent_form_can_be_withdrawn(world: World) -> None:
    world.publish("consent")
    photos = world.publish("consent", form="photos")
    assert withdraw(world, "consent", form="waiver").status_code == 204
    policies = world.in_force()
    assert "waiver" not in policies
    assert policies["photos"] == photos


@pytest.mark.parametrize("kind", ["age", "no_show", "late_arrival", "image_rights"])
def test_a_general_policy_without_a_default_can_be_ended(world: World, kind: str) -> None:
    version = world.publish(kind)
    own = world.publish(kind, service=SERVICE)
    assert withdraw(world, kind).status_code == 204
    assert sorted(world.in_force()) == DEFAULT_KINDS
    assert world.in_force(SERVICE)[kind] == own
    assert world.version(version["versionId"]).json_body["withdrawnAt"] is not None
    (event,) = outbox("policy.withdrawn")
    assert (event.data["kind"], event.data["serviceId"], event.data["number"]) == (kind, None, 1)
    assert world.publish(kind)["number"] == 2


@pytest.mark.parametrize("title", ["\u200b", "\u3164", "\u2800 \u00ad", "a\u202eb", "a\nb", "\x00"])
def test_a_title_or_text_that_shows_nothing_is_refused(world: World, title: str) -> None:
    answer = world.draft("consent", title=title)
    assert [error["field"] for error in answer.json_body["errors"]] == ["body.rules.title"]
    blank = world.draft(text="\u200b\u3164\n")
    assert [error["field"] for error in blank.json_body["errors"]] == ["body.text"]
    assert stored_items() == []


@pytest.mark.parametrize(
    ("kind", "parameters", "status"),
    [
        ("cancellation", {}, 422),  # a general policy can only be replaced
        ("no_show", {}, 404),
        ("cancellation", {"serviceId": FOREIGN_SERVICE}, 422),
        ("cancellation", {"serviceId": "nonsense"}, 422),
        ("cancellation", {"serviceId": SERVICE, "form": "waiver"}, 422),
        ("consent", {}, 422),
        ("consent", {"form": "nonsense"}, 404),
        ("cancellation", {"serviceId": SERVICE}, 404),
    ],
)
def test_invalid_withdrawals_are_refused(
    world: World, kind: str, parameters: Any, status: int
) -> None:
    world.publish()
    assert withdraw(world, kind, **parameters).status_code == status
    assert outbox("policy.withdrawn") == []


def test_artists_cannot_withdraw_each_others_policies(world: World) -> None:
    own = world.publish(service=SERVICE)
    path = f"{OVERRIDES}/cancellation?" + query(serviceId=SERVICE)
    assert world.other_artist.delete(path).status_code == 422
    assert world.in_force(SERVICE)["cancellation"] == own


def test_concurrent_requests_withdraw_a_policy_once(world: World) -> None:
    world.publish(service=SERVICE)
    statuses = together(6, lambda: withdraw(world, serviceId=SERVICE).status_code)
    assert sorted(statuses) == [204] + [404] * 5
    assert len(outbox("policy.withdrawn")) == 1


def test_a_concurrent_publication_and_withdrawal_agree_on_the_result(world: World) -> None:
    world.publish(service=SERVICE)
    world.draft(service=SERVICE, text="Newer.")
    turns = iter(["publish", "withdraw"])

    def publish_or_withdraw() -> int:
        if next(turns) == "withdraw":
            return withdraw(world, serviceId=SERVICE).status_code
        return world.publish_draft(service=SERVICE).status_code

    assert sorted(together(2, publish_or_withdraw)) == [201, 204]
    events = sorted(
        (event for event in outbox() if event.type != "policy.accepted"),
        key=lambda event: event.id,
    )
    withdrawn = max(event.data["number"] for event in events if event.type == "policy.withdrawn")
    published = max(
        event.data["terms"]["number"] for event in events if event.type == "policy.published"
    )
    policy = world.in_force(SERVICE)["cancellation"]
    assert (policy["text"] == "Newer.") == (published > withdrawn)


# ---- permissions -------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["client", "admin"])
def test_only_artists_manage_policies(world: World, role: str) -> None:
    person = world.anybody.as_user(CLIENT, role)
    body = {"text": TEXT, "rules": RULES["cancellation"]}
    for method, path, sent in (
        ("GET", DRAFTS, None),
        ("PUT", f"{DRAFTS}/cancellation", body),
        ("DELETE", f"{DRAFTS}/cancellation", None),
        ("POST", f"{DRAFTS}/cancellation/publish", {}),
        ("DELETE", f"{OVERRIDES}/cancellation?serviceId={SERVICE}", None),
        ("GET", "/v1/policies/acceptances/verify", None),
    ):
        options: dict[str, Any] = {} if sent is None else {"json": sent}
        assert person.request(method, path, **options).status_code == 403
        assert world.anybody.request(method, path, **options).status_code == 401
    assert stored_items() == []
