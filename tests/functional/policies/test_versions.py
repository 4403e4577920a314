"""Published versions: those in force, the history of a subject, and each by its id."""

from datetime import timedelta
from typing import Any

import pytest
from time_machine import TimeMachineFixture

from domain.policy_terms import DEFAULTS, PolicyKind, default_versions, text_hash
from policies.store import versions as store
from tests.functional.policies.world import (
    ARTIST,
    DEFAULT_KINDS,
    DRAFTS,
    FOREIGN_SERVICE,
    OTHER_ARTIST,
    OTHER_SERVICE,
    RULES,
    SERVICE,
    TEXT,
    ULID,
    World,
    query,
)


def test_a_new_artist_has_the_defaults_without_anything_stored(world: World) -> None:
    in_force = world.in_force()
    assert sorted(in_force) == DEFAULT_KINDS
    for kind, item in in_force.items():
        default = DEFAULTS[PolicyKind(kind)]
        assert item["text"] == default.text
        assert item["textHash"] == text_hash(default.text)
        assert item["versionId"] == default_versions(ARTIST)[PolicyKind(kind)].version_id
        assert (item["number"], item["serviceId"]) == (1, None)
        assert item["rules"]["type"] == kind
    assert world.in_force(SERVICE) == in_force


def test_a_default_is_read_by_its_id_like_any_version(world: World) -> None:
    for item in world.in_force().values():
        assert world.version(item["versionId"]).json_body == item


def test_a_published_version_is_in_force(world: World) -> None:
    version = world.publish()
    assert version == {
        "artistId": ARTIST,
        "serviceId": None,
        "kind": "cancellation",
        "number": 2,
        "versionId": f"pol_{ULID}_cancellation_2",
        "text": TEXT,
        "textHash": text_hash(TEXT),
        "rules": RULES["cancellation"],
        "publishedAt": "2026-11-22T12:00:00Z",
        "withdrawnAt": None,
    }
    assert world.in_force()["cancellation"] == version
    assert world.version(version["versionId"]).json_body == version
    assert sorted(world.in_force()) == DEFAULT_KINDS


@pytest.mark.parametrize("kind", RULES)
def test_every_kind_can_be_published(world: World, kind: Any) -> None:
    version = world.publish(kind)
    assert version["rules"] == RULES[kind]
    assert version["number"] == (2 if kind in DEFAULT_KINDS else 1)
    assert version in world.in_force().values()


def test_a_services_policy_takes_precedence(world: World) -> None:
    general, own = world.publish(), world.publish(service=SERVICE)
    assert (own["number"], own["serviceId"]) == (1, SERVICE)
    assert world.in_force(SERVICE)["cancellation"] == own
    assert world.in_force()["cancellation"] == general
    assert world.in_force(OTHER_SERVICE)["cancellation"] == general


def test_policies_of_other_services_are_not_read(world: World) -> None:
    general, own = world.publish(), world.publish(service=SERVICE)
    world.publish(service=OTHER_SERVICE)
    read = store.list_current(ARTIST, SERVICE)
    ids = {terms.version_id for terms in read}
    assert ids == {general["versionId"], own["versionId"]}


def test_artists_do_not_share_policies(world: World) -> None:
    world.publish()
    assert world.in_force(artist=OTHER_ARTIST)["cancellation"]["number"] == 1


def test_the_newest_version_is_in_force(world: World) -> None:
    numbers = [world.publish(text=f"Text {n}.")["number"] for n in range(3)]
    assert numbers == [2, 3, 4]
    assert world.in_force()["cancellation"]["text"] == "Text 2."


def test_several_consent_forms_are_in_force(world: World) -> None:
    waiver, photos = world.publish("consent"), world.publish("consent", form="photos")
    assert (waiver["number"], photos["number"]) == (1, 1)
    policies = world.in_force()
    assert (policies["waiver"], policies["photos"]) == (waiver, photos)
    again = world.publish("consent", form="photos", title="Photos again")
    assert again["number"] == 2
    assert world.in_force()["photos"] == again
    assert world.in_force()["waiver"] == waiver


def test_a_draft_is_not_public(world: World) -> None:
    world.draft()
    assert world.in_force()["cancellation"]["number"] == 1
    assert world.version(f"pol_{ULID}_cancellation_2").status_code == 404


def test_the_text_is_stored_as_it_was_written_but_for_its_line_breaks(world: World) -> None:
    text = "  Ünïcode 🎨\n\n<b>and</b> spaces  \n"
    version = world.publish(text=text.replace("\n", "\r\n"))
    assert version["text"] == world.in_force()["cancellation"]["text"] == text
    assert version["textHash"] == text_hash(text)


# ---- pages of those in force ---------------------------------------------------------------------


def list_in_force_pages(world: World, **parameters: Any) -> list[list[dict[str, Any]]]:
    pages: list[list[dict[str, Any]]] = []
    cursor = None
    while True:
        answer = world.anybody.get(
            "/v1/policies?" + query(artistId=ARTIST, cursor=cursor, **parameters)
        )
        assert answer.status_code == 200, answer.body
        assert len(answer.body) < 1024 * 1024 + 100
        pages.append(answer.json_body["items"])
        cursor = answer.json_body["nextCursor"]
        if cursor is None:
            return pages


def test_policies_in_force_are_paged_with_forms_last(world: World) -> None:
    forms = [f"form-{number}" for number in range(5)]
    for form in reversed(forms):
        world.publish("consent", form=form)
    world.publish("age")
    pages = list_in_force_pages(world, limit=3)
    assert [len(page) for page in pages] == [3, 3, 3, 1]
    items = [item for page in pages for item in page]
    kinds = sorted([*DEFAULT_KINDS, "age"])
    assert [item["rules"].get("form", item["kind"]) for item in items] == kinds + forms
    cursor = world.anybody.get("/v1/policies?" + query(artistId=ARTIST, limit=1)).json_body
    foreign = query(artistId=ARTIST, serviceId=SERVICE, cursor=cursor["nextCursor"])
    assert world.anybody.get(f"/v1/policies?{foreign}").status_code == 422


def test_a_page_of_long_texts_is_bounded_in_bytes(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The longest texts, of four bytes a character: 80 KB each."""
    text = "🎨" * 20_000
    for number in range(15):
        world.publish("consent", text=text, form=f"form-{number:02}")
    pages = list_in_force_pages(world, limit=50)
    assert [len(page) for page in pages] == [17, 2]
    assert sum(item["text"] == text for page in pages for item in page) == 15
    monkeypatch.setattr("policies.rules.pages.MAX_PAGE_BYTES", 200_000)
    for number in range(3):
        world.publish(text=text)
        world.draft("consent", text=text, form=f"form-{number}")
    assert [len(page) for page in list_all_pages(world, kind="cancellation", limit=50)] == [2, 2]
    drafts = world.artist.get(f"{DRAFTS}?limit=50").json_body
    assert len(drafts["items"]) == 2
    rest = world.artist.get(f"{DRAFTS}?" + query(cursor=drafts["nextCursor"])).json_body
    assert [draft["form"] for draft in rest["items"]] == ["form-2"]
    assert rest["nextCursor"] is None


# ---- history -------------------------------------------------------------------------------------


def list_history(world: World, **parameters: Any) -> dict[str, Any]:
    answer = world.anybody.get("/v1/policies/versions?" + query(artistId=ARTIST, **parameters))
    assert answer.status_code == 200, answer.body
    page: dict[str, Any] = answer.json_body
    return page


def list_all_pages(world: World, **parameters: Any) -> list[list[dict[str, Any]]]:
    pages: list[list[dict[str, Any]]] = []
    cursor = None
    while True:
        page = list_history(world, **parameters, cursor=cursor)
        pages.append(page["items"])
        cursor = page["nextCursor"]
        if cursor is None:
            return pages


def test_the_history_ends_with_the_default(world: World, clock: TimeMachineFixture) -> None:
    for number in (2, 3):
        clock.shift(timedelta(days=1))
        assert world.publish()["number"] == number
    items = list_history(world, kind="cancellation")["items"]
    assert [item["number"] for item in items] == [3, 2, 1]
    assert items[-1]["text"] == DEFAULTS[PolicyKind.CANCELLATION].text
    assert [item["publishedAt"] for item in items[:2]] == [
        "2026-11-24T12:00:00Z",
        "2026-11-23T12:00:00Z",
    ]


def test_the_history_of_a_kind_without_a_default_holds_published_versions_only(
    world: World,
) -> None:
    assert list_history(world, kind="no_show") == {"items": [], "nextCursor": None}
    world.publish("no_show")
    assert [item["number"] for item in list_history(world, kind="no_show")["items"]] == [1]


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 5, 6, 50])
def test_pages_of_a_history_are_full_and_have_no_gaps(world: World, limit: int) -> None:
    for _ in range(4):
        world.publish()
    pages = list_all_pages(world, kind="cancellation", limit=limit)
    numbers = [item["number"] for page in pages for item in page]
    assert numbers == [5, 4, 3, 2, 1]
    assert {len(page) for page in pages[:-1]} <= {limit}
    assert 1 <= len(pages[-1]) <= limit


def test_a_history_stays_in_order_beyond_the_ninth(world: World) -> None:
    for _ in range(10):
        world.publish("age")
    numbers = [item["number"] for item in list_history(world, kind="age")["items"]]
    assert numbers == list(range(10, 0, -1))


def test_each_subject_has_its_own_history(world: World) -> None:
    world.publish()
    own = world.publish(service=SERVICE)
    world.publish("consent")
    photos = world.publish("consent", form="photos")
    world.publish("consent", form="photos-2")
    assert list_history(world, kind="cancellation", serviceId=SERVICE)["items"] == [own]
    assert list_history(world, kind="cancellation", serviceId=OTHER_SERVICE)["items"] == []
    assert list_history(world, kind="consent", form="photos")["items"] == [photos]


def test_a_cursor_is_only_valid_for_its_list(world: World) -> None:
    for kind in ("cancellation", "reschedule"):
        world.publish(kind)
    cursor = list_history(world, kind="cancellation", limit=1)["nextCursor"]
    for parameters in (
        {"artistId": ARTIST, "kind": "reschedule"},
        {"artistId": OTHER_ARTIST, "kind": "cancellation"},
        {"artistId": ARTIST, "kind": "cancellation", "serviceId": SERVICE},
    ):
        path = "/v1/policies/versions?" + query(**parameters, cursor=cursor)
        assert world.anybody.get(path).status_code == 422


# ---- errors ------------------------------------------------------------------------------------

UNKNOWN = [
    f"pol_{ULID}_cancellation_2",
    f"pol_{ULID}_no_show_1",
    f"pol_{ULID}_01JD3200000000000000000001_cancellation_1",
    f"pol_{ULID}_consent-waiver_1",
    "nonsense",
    "pol_",
    "%00",
]


@pytest.mark.parametrize("version_id", UNKNOWN)
def test_an_unpublished_version_is_not_found(world: World, version_id: Any) -> None:
    answer = world.version(version_id)
    assert (answer.status_code, answer.json_body["code"]) == (404, "not_found")


@pytest.mark.parametrize(
    ("parameters", "field"),
    [
        ({}, "query.artistId"),
        ({"artistId": "usr_1"}, "query.artistId"),
        ({"artistId": ARTIST + "\n"}, "query.artistId"),
        ({"artistId": ARTIST, "serviceId": "svc_1"}, "query.serviceId"),
        ({"artistId": ARTIST, "serviceId": FOREIGN_SERVICE}, "query.serviceId"),
        ({"artistId": ARTIST, "surprise": "1"}, "query.surprise"),
    ],
    ids=str,
)
@pytest.mark.parametrize("path", ["/v1/policies", "/v1/policies/versions"])
def test_an_invalid_query_is_refused_by_field(
    world: World, path: str, parameters: Any, field: str
) -> None:
    more = {"kind": "age"} if path.endswith("versions") else {}
    answer = world.anybody.get(f"{path}?" + query(**parameters, **more))
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json_body["errors"]] == [field]


@pytest.mark.parametrize(
    ("parameters", "field"),
    [
        ({}, "query.kind"),
        ({"kind": "nonsense"}, "query.kind"),
        ({"kind": "consent"}, "query.form"),
        ({"kind": "consent", "form": "No slug"}, "query.form"),
        ({"kind": "age", "form": "waiver"}, "query.form"),
        ({"kind": "age", "limit": "51"}, "query.limit"),
        ({"kind": "age", "limit": "0"}, "query.limit"),
        ({"kind": "age", "cursor": "nonsense"}, "query.cursor"),
    ],
    ids=str,
)
def test_an_invalid_history_query_is_refused_by_field(
    world: World, parameters: Any, field: str
) -> None:
    path = "/v1/policies/versions?" + query(artistId=ARTIST, **parameters)
    answer = world.anybody.get(path)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json_body["errors"]] == [field]
