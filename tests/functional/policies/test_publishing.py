"""An artist's own policies: drafts, publishing them, and ending what holds for a service."""

from datetime import timedelta
from typing import Any

import pytest
from time_machine import TimeMachineFixture

from domain.policy_terms import DEFAULTS
from policies.use_cases import publication
from shared.data.conflicts import WriteConflict
from tests.functional.policies.world import (
    ARTIST,
    CLIENT,
    DRAFTS,
    FOREIGN_SERVICE,
    HALF,
    OTHER_SERVICE,
    RULES,
    SERVICE,
    TEXT,
    World,
    kept,
    outbox,
    query,
)
from tests.support.threads import together

OVERRIDES = "/v1/policies/overrides"


def drafts(world: World, **parameters):
    answer = world.artist.get(f"{DRAFTS}?" + query(**parameters))
    assert answer.status_code == 200, answer.body
    return answer.json_body


def end(world: World, kind="cancellation", **parameters):
    return world.artist.delete(f"{OVERRIDES}/{kind}?" + query(**parameters))


# ---- drafts ------------------------------------------------------------------------------------


def test_a_draft_is_kept_as_it_was_saved(world: World) -> None:
    answer = world.draft()
    assert answer.status_code == 200
    assert answer.json_body == {
        "kind": "cancellation",
        "serviceId": None,
        "form": None,
        "text": TEXT,
        "rules": RULES["cancellation"],
        "savedAt": "2026-11-22T12:00:00Z",
    }
    assert drafts(world) == {"items": [answer.json_body], "nextCursor": None}


def test_saving_again_replaces_the_draft_of_the_same_subject_only(world: World) -> None:
    world.draft()
    own = world.draft(service=SERVICE).json_body
    waiver = world.draft("consent").json_body
    photos = world.draft("consent", form="photos").json_body
    second = world.draft(text="Second.").json_body
    items = drafts(world)["items"]
    assert len(items) == 4
    assert all(draft in items for draft in (own, waiver, photos, second))


def test_drafts_come_in_pages(world: World) -> None:
    for kind in RULES:
        world.draft(kind)
    found, cursor = [], None
    while True:
        page = drafts(world, limit=4, cursor=cursor)
        found += page["items"]
        cursor = page["nextCursor"]
        assert len(page["items"]) == 4 or cursor is None
        if cursor is None:
            break
    assert sorted(draft["kind"] for draft in found) == sorted(RULES)


def test_another_artists_cursor_leads_nowhere(world: World) -> None:
    for kind in ("age", "design"):
        world.draft(kind)
    cursor = drafts(world, limit=1)["nextCursor"]
    answer = world.other_artist.get(f"{DRAFTS}?" + query(cursor=cursor))
    assert answer.status_code == 422


def test_a_draft_can_be_dropped_and_dropping_it_again_is_fine(world: World) -> None:
    world.draft()
    kept_one = world.draft(service=SERVICE).json_body
    for _ in range(2):
        assert world.artist.delete(f"{DRAFTS}/cancellation").status_code == 204
    assert drafts(world)["items"] == [kept_one]
    path = f"{DRAFTS}/cancellation?" + query(serviceId=SERVICE)
    assert world.artist.delete(path).status_code == 204
    assert drafts(world)["items"] == []
    assert outbox() == []


def test_a_form_is_dropped_by_its_slug(world: World) -> None:
    world.draft("consent")
    photos = world.draft("consent", form="photos").json_body
    assert world.artist.delete(f"{DRAFTS}/consent?form=waiver").status_code == 204
    assert drafts(world)["items"] == [photos]
    assert world.artist.delete(f"{DRAFTS}/consent").status_code == 422
    assert world.artist.delete(f"{DRAFTS}/cancellation?form=waiver").status_code == 422


def test_each_artist_has_drafts_of_their_own(world: World) -> None:
    world.draft()
    assert world.other_artist.get(DRAFTS).json_body["items"] == []
    assert world.other_artist.delete(f"{DRAFTS}/cancellation").status_code == 204
    assert world.other_artist.post(f"{DRAFTS}/cancellation/publish", json={}).status_code == 404
    assert len(drafts(world)["items"]) == 1


@pytest.mark.parametrize("kind", RULES)
def test_the_rules_must_be_of_the_kind_in_the_path(world: World, kind: Any) -> None:
    other = "age" if kind != "age" else "design"
    body = {"text": TEXT, "rules": RULES[other]}
    answer = world.artist.put(f"{DRAFTS}/{kind}", json=body)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json_body["errors"]] == ["body.rules.type"]
    assert kept() == []


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
def test_a_wrong_draft_is_refused_by_its_field(world: World, changes: Any, field: str) -> None:
    body = {"text": TEXT, "rules": RULES["cancellation"]} | changes
    answer = world.artist.put(f"{DRAFTS}/cancellation", json=body)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json_body["errors"]] == [field]
    assert kept() == []


def test_there_are_no_other_kinds(world: World) -> None:
    body = {"text": TEXT, "rules": RULES["age"]}
    for method, path in (
        ("PUT", f"{DRAFTS}/nonsense"),
        ("DELETE", f"{DRAFTS}/nonsense"),
        ("POST", f"{DRAFTS}/nonsense/publish"),
        ("DELETE", f"{OVERRIDES}/nonsense"),
    ):
        sent = body if method == "PUT" else {}
        assert world.artist.request(method, path, json=sent).status_code == 404


# ---- publishing --------------------------------------------------------------------------------


def test_publishing_uses_the_draft_up(world: World) -> None:
    world.publish()
    assert drafts(world)["items"] == []
    answer = world.publish_draft()
    assert (answer.status_code, answer.json_body["code"]) == (404, "not_found")
    assert len(kept("VERSION#")) == 1


def test_publishing_for_a_service_leaves_the_general_draft(world: World) -> None:
    world.draft()
    own = world.draft(text="For the service.", service=SERVICE).json_body
    assert world.publish_draft(service=SERVICE).json_body["text"] == own["text"]
    assert [draft["text"] for draft in drafts(world)["items"]] == [TEXT]


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
def test_what_cannot_be_published_is_refused_by_its_field(
    world: World, kind: str, body: Any, field: str
) -> None:
    world.draft(kind)
    answer = world.artist.post(f"{DRAFTS}/{kind}/publish", json=body)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json_body["errors"]] == [field]
    assert kept("VERSION#") == []


def test_a_published_version_never_changes(world: World, clock: TimeMachineFixture) -> None:
    first = world.publish()
    stored = kept("VERSION#")
    clock.shift(timedelta(days=1))
    world.draft(text="Another text.", tiers=[])
    world.publish_draft()
    world.draft(text="A third text.")
    world.artist.delete(f"{DRAFTS}/cancellation")
    world.publish(service=SERVICE, text="For the service.")
    end(world, serviceId=SERVICE)
    assert world.version(first["versionId"]).json_body == first
    assert stored[0] in kept("VERSION#")


def test_the_same_key_publishes_once(world: World) -> None:
    world.draft()
    keyed = world.artist.with_headers({"idempotency-key": "publish-1"})
    answers = [keyed.post(f"{DRAFTS}/cancellation/publish", json={}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].body == answers[1].body
    assert len(kept("VERSION#")) == 1


@pytest.mark.parametrize("seed", range(3))
def test_of_many_who_publish_one_draft_one_does(world: World, seed: Any) -> None:
    world.draft()
    statuses = together(8, lambda: world.publish_draft().status_code)
    assert sorted(statuses) == [201] + [404] * 7
    assert len(kept("VERSION#")) == len(outbox("policy.published")) == 1


@pytest.mark.parametrize("seed", range(3))
def test_many_who_save_and_publish_share_no_number_and_lose_no_draft(
    world: World, seed: Any
) -> None:
    """Each saves a text of their own and publishes whatever the draft is then.

    A draft may be overwritten by a later one before anybody publishes it, but the last one saved
    must be a version or still be a draft, and no text may be published twice.
    """
    texts = iter([f"Text {n}." for n in range(6)])

    def save_and_publish():
        assert world.draft(text=next(texts)).status_code == 200
        return world.publish_draft()

    published = [answer for answer in together(6, save_and_publish) if answer.status_code == 201]
    versions = [answer.json_body for answer in published]
    numbers = sorted(version["number"] for version in versions)
    assert numbers == list(range(2, len(versions) + 2))
    assert len({version["text"] for version in versions}) == len(versions)
    assert drafts(world)["items"] == []
    newest = max(versions, key=lambda version: version["number"])
    assert world.in_force()["cancellation"] == newest


def test_a_draft_saved_while_another_is_published_is_not_lost(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other request comes exactly between the reading of a draft and its use."""
    world.draft(text="First.")
    find_current = publication.version_store.find_current
    saves = iter([lambda: world.draft(text="Second.")])

    def meanwhile(subject):
        next(saves, lambda: None)()
        return find_current(subject)

    monkeypatch.setattr(publication.version_store, "find_current", meanwhile)
    assert world.publish_draft().json_body["text"] == "Second."
    assert drafts(world)["items"] == []


def test_what_is_published_while_the_one_before_is_ended_is_ended_too(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever ends it means what holds when that happens, and learns of no half of it."""
    world.publish(service=SERVICE)
    world.draft(service=SERVICE, text="Newer.")
    find_current = publication.version_store.find_current
    turns = iter([True])

    def meanwhile(subject):
        found = find_current(subject)
        if next(turns, False):
            assert world.publish_draft(service=SERVICE).status_code == 201
        return found

    monkeypatch.setattr(publication.version_store, "find_current", meanwhile)
    assert end(world, serviceId=SERVICE).status_code == 204
    (withdrawn,) = outbox("policy.withdrawn")
    assert withdrawn.data["number"] == 2
    assert world.in_force(SERVICE)["cancellation"]["serviceId"] is None
    assert world.publish(service=SERVICE)["number"] == 3


def test_who_is_always_too_late_is_told_so(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def always_too_late(*_):
        raise WriteConflict

    world.draft()
    monkeypatch.setattr(publication.version_store, "publish", always_too_late)
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    answer = world.publish_draft()
    assert (answer.status_code, answer.json_body["code"]) == (409, "busy")
    assert answer.headers["Retry-After"] == "1"


def test_there_is_an_end_to_policies(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publication, "MAX_SUBJECTS", 2)
    world.publish()
    world.publish("age")
    world.draft("no_show")
    answer = world.publish_draft("no_show")
    assert (answer.status_code, answer.json_body["code"]) == (409, "too_many_policies")
    assert len(drafts(world)["items"]) == 1
    world.publish("age")  # a new version of an old one is no policy more


# ---- ending ------------------------------------------------------------------------------------


def test_ending_what_a_service_has_brings_back_the_general(
    world: World, clock: TimeMachineFixture
) -> None:
    general = world.publish(text="General.")
    own = world.publish(service=SERVICE)
    other = world.publish(service=OTHER_SERVICE)
    clock.shift(timedelta(days=1))
    assert end(world, serviceId=SERVICE).status_code == 204
    assert world.in_force(SERVICE)["cancellation"] == general
    assert world.in_force(OTHER_SERVICE)["cancellation"] == other
    ended = world.version(own["versionId"]).json_body
    assert ended == own | {"withdrawnAt": "2026-11-23T12:00:00Z"}


def test_ending_what_stands_on_a_default_brings_back_the_default(world: World) -> None:
    world.publish(service=SERVICE)
    end(world, serviceId=SERVICE)
    found = world.in_force(SERVICE)["cancellation"]
    assert (found["number"], found["text"]) == (1, DEFAULTS["cancellation"].text)


def test_what_is_ended_stays_ended_until_it_is_published_anew(world: World) -> None:
    world.publish(service=SERVICE)
    assert end(world, serviceId=SERVICE).status_code == 204
    assert end(world, serviceId=SERVICE).status_code == 404
    again = world.publish(service=SERVICE)
    assert again["number"] == 2  # numbers are never used twice
    assert world.in_force(SERVICE)["cancellation"] == again
    assert end(world, serviceId=SERVICE).status_code == 204
    assert len(outbox("policy.withdrawn")) == 2


def test_a_consent_form_can_be_ended_in_general(world: World) -> None:
    world.publish("consent")
    photos = world.publish("consent", form="photos")
    assert end(world, "consent", form="waiver").status_code == 204
    found = world.in_force()
    assert "waiver" not in found
    assert found["photos"] == photos


@pytest.mark.parametrize(
    ("kind", "parameters", "status"),
    [
        ("cancellation", {}, 422),  # a general policy is replaced, never without any
        ("no_show", {}, 422),
        ("cancellation", {"serviceId": FOREIGN_SERVICE}, 422),
        ("cancellation", {"serviceId": "nonsense"}, 422),
        ("cancellation", {"serviceId": SERVICE, "form": "waiver"}, 422),
        ("consent", {}, 422),
        ("consent", {"form": "nonsense"}, 404),
        ("cancellation", {"serviceId": SERVICE}, 404),
    ],
)
def test_what_cannot_be_ended(world: World, kind: str, parameters: Any, status: int) -> None:
    world.publish()
    assert end(world, kind, **parameters).status_code == status
    assert outbox("policy.withdrawn") == []


def test_nobody_ends_what_is_another_artists(world: World) -> None:
    own = world.publish(service=SERVICE)
    path = f"{OVERRIDES}/cancellation?" + query(serviceId=SERVICE)
    assert world.other_artist.delete(path).status_code == 422
    assert world.in_force(SERVICE)["cancellation"] == own


def test_of_many_who_end_it_one_does(world: World) -> None:
    world.publish(service=SERVICE)
    statuses = together(6, lambda: end(world, serviceId=SERVICE).status_code)
    assert sorted(statuses) == [204] + [404] * 5
    assert len(outbox("policy.withdrawn")) == 1


def test_publishing_and_ending_at_once_agree_on_what_holds(world: World) -> None:
    world.publish(service=SERVICE)
    world.draft(service=SERVICE, text="Newer.")
    turns = iter(["publish", "end"])

    def either():
        if next(turns) == "end":
            return end(world, serviceId=SERVICE).status_code
        return world.publish_draft(service=SERVICE).status_code

    assert sorted(together(2, either)) == [201, 204]
    told = sorted(
        (event for event in outbox() if event.type != "policy.accepted"),
        key=lambda event: event.id,
    )
    withdrawn = max(event.data["number"] for event in told if event.type == "policy.withdrawn")
    published = max(
        event.data["terms"]["number"] for event in told if event.type == "policy.published"
    )
    found = world.in_force(SERVICE)["cancellation"]
    assert (found["text"] == "Newer.") == (published > withdrawn)


# ---- who may -----------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["client", "admin"])
def test_only_artists_lay_down_policies(world: World, role: str) -> None:
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
        options = {} if sent is None else {"json": sent}
        assert person.request(method, path, **options).status_code == 403
        assert world.anybody.request(method, path, **options).status_code == 401
    assert kept() == []
