"""Portfolios: items, their order, and published events."""

import json
from datetime import timedelta
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from time_machine import TimeMachineFixture

from infra.paths import EVENTS
from profiles.use_cases import portfolio
from tests.functional.profiles.activity import (
    FILE,
    HOME,
    NO_ITEM,
    OTHER_FILE,
    build_query,
    clean,
    create_item,
    dump_table,
    get_likes,
    list_portfolio,
    ok,
)
from tests.functional.profiles.people import ARTIST, OTHER_ARTIST, People, consume, outbox
from tests.support import aws_calls, clean_files
from tests.support.responses import error_fields, refused
from tests.support.threads import together

MINE = f"{HOME}/me/portfolio"
IMAGE, VIDEO, DOCUMENT = "image/png", "video/mp4", "application/pdf"


@pytest.fixture(autouse=True)
def files(people: People) -> None:
    """Let the artist have two clean images."""
    clean(ARTIST, FILE, OTHER_FILE)


def test_everybody_sees_a_portfolio(people: People) -> None:
    body = {"fileId": FILE, "caption": "A swallow.", "style": "fine line", "state": "healed"}
    answer = people.artist.post(MINE, json=body)
    assert answer.status_code == 201
    shown = answer.json_body
    assert shown == {
        "id": shown["id"],
        "artistId": ARTIST,
        **body,
        "likes": 0,
        "createdAt": "2026-11-22T12:00:00Z",
        "source": None,
        "fileIds": [FILE],
        "pair": None,
        "hidden": None,
    }
    assert shown["id"].startswith("itm_01JD0000000000000000000AAA_")
    assert list_portfolio(people) == [shown]
    assert list_portfolio(people, OTHER_ARTIST) == []


def test_only_the_file_is_required(people: People) -> None:
    shown = ok(people.artist.post(MINE, json={"fileId": FILE}))
    assert (shown["caption"], shown["style"], shown["state"]) == ("", None, None)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("fileId", "img_1"),
        ("fileId", FILE + "\n"),
        ("fileId", None),
        ("caption", "x" * 501),
        ("style", ""),
        ("style", " "),
        ("style", "x" * 51),
        ("state", "sore"),
        ("likes", 7),
        ("artistId", OTHER_ARTIST),
        ("id", "itm_1"),
    ],
)
def test_invalid_fields_are_named(people: People, field: str, value: Any) -> None:
    answer = people.artist.post(MINE, json={"fileId": FILE, field: value})
    assert list(error_fields(answer)) == [f"body.{field}"]
    assert list_portfolio(people) == []


@pytest.mark.parametrize("content_type", [IMAGE, VIDEO])
def test_an_image_or_a_video_of_the_artist_is_shown(people: People, content_type: str) -> None:
    clean(ARTIST, FILE, content_type=content_type)
    assert ok(people.artist.post(MINE, json={"fileId": FILE}))["fileId"] == FILE


def test_a_file_is_shown_before_the_event_that_it_is_clean(people: People) -> None:
    theirs, text = (f"{FILE[:-1]}{letter}" for letter in "QR")
    clean_files.create(ARTIST, FILE, VIDEO)
    clean_files.create(ARTIST, text, DOCUMENT)
    clean_files.create(OTHER_ARTIST, theirs)
    assert ok(people.artist.post(MINE, json={"fileId": FILE}))["fileId"] == FILE
    for file_id in (theirs, text):
        answer = people.artist.post(MINE, json={"fileId": file_id})
        assert set(error_fields(answer)) == {"body.fileId"}


def test_only_clean_files_of_the_artist_are_shown(people: People) -> None:
    theirs, gone, text, unknown = (f"{FILE[:-1]}{letter}" for letter in "QRST")
    clean(OTHER_ARTIST, theirs)
    clean(ARTIST, gone)
    consume("file.removed", fileId=gone, ownerId=ARTIST, recordVersion=3)
    clean(ARTIST, gone)  # once more, late
    clean(ARTIST, text, content_type=DOCUMENT)
    before = dump_table()
    for file_id, problem in (
        (theirs, "is not one of your clean files"),
        (gone, "is not one of your clean files"),
        (unknown, "is not one of your clean files"),
        (text, "must be an image or a video"),
    ):
        answer = people.artist.post(MINE, json={"fileId": file_id})
        assert answer.status_code == 422
        assert error_fields(answer) == {"body.fileId": problem}
    assert dump_table() == before


def test_omitted_fields_stay(people: People) -> None:
    item_id = create_item(people.artist, caption="A swallow.", style="fine line", state="fresh")
    path = f"{MINE}/{item_id}"
    changed = ok(people.artist.patch(path, json={"state": "healed"}))
    values = changed["caption"], changed["style"], changed["state"]
    assert values == ("A swallow.", "fine line", "healed")
    changed = ok(people.artist.patch(path, json={"caption": "", "style": None}))
    assert (changed["caption"], changed["style"], changed["state"]) == ("", None, "healed")
    assert list_portfolio(people) == [changed]


def test_a_change_does_not_affect_likes(people: People) -> None:
    item_id = create_item(people.artist)
    ok(people.client.put(f"{HOME}/portfolio/{item_id}/like"))
    changed = ok(people.artist.patch(f"{MINE}/{item_id}", json={"caption": "New."}))
    assert changed["likes"] == get_likes(people, item_id) == 1


def test_the_file_of_an_item_cannot_be_changed(people: People) -> None:
    item_id = create_item(people.artist)
    answer = people.artist.patch(f"{MINE}/{item_id}", json={"fileId": OTHER_FILE})
    assert error_fields(answer) == {"body.fileId": "is unknown"}


@pytest.mark.parametrize("item_id", [NO_ITEM, "nonsense", "%00", "itm_1_2"])
def test_items_of_others_and_unknown_items_look_the_same(people: People, item_id: Any) -> None:
    theirs = create_item(people.other_artist)
    before = dump_table()
    for path in (f"{MINE}/{theirs}", f"{MINE}/{item_id}"):
        for answer in (
            people.artist.patch(path, json={"caption": "Mine."}),
            people.artist.delete(path),
        ):
            assert refused(answer) == (404, "not_found")
            assert answer.json_body["detail"] == "There is no such portfolio item."
    assert dump_table() == before


def test_a_deleted_item_is_gone(people: People) -> None:
    item_id = create_item(people.artist)
    remaining = create_item(people.artist)
    assert people.artist.delete(f"{MINE}/{item_id}").status_code == 204
    assert [item["id"] for item in list_portfolio(people)] == [remaining]
    assert people.artist.delete(f"{MINE}/{item_id}").status_code == 404


def test_only_artists_have_a_portfolio(people: People) -> None:
    for person in (people.client, people.admin):
        assert person.post(MINE, json={"fileId": FILE}).status_code == 403
    assert people.nobody.post(MINE, json={"fileId": FILE}).status_code == 401


# ---- lists -------------------------------------------------------------------------------------


def test_pages_are_stable_while_items_are_added_and_deleted(
    people: People, clock: TimeMachineFixture
) -> None:
    ids = []
    for _ in range(7):
        ids.append(create_item(people.artist))
        clock.shift(timedelta(seconds=1))
    path = f"{HOME}/artists/{ARTIST}/portfolio"
    first = ok(people.nobody.get(f"{path}?limit=3"))
    create_item(people.artist)
    ok(people.artist.delete(f"{MINE}/{ids[4]}"))  # the last of the first page
    seen = [item["id"] for item in first["items"]]
    cursor = first["nextCursor"]
    while cursor:
        page = ok(people.nobody.get(f"{path}?" + build_query(limit=3, cursor=cursor)))
        seen += [item["id"] for item in page["items"]]
        cursor = page["nextCursor"]
    assert seen == ids[::-1]


def test_a_full_last_page_has_no_cursor(people: People) -> None:
    for _ in range(4):
        create_item(people.artist)
    path = f"{HOME}/artists/{ARTIST}/portfolio"
    first = ok(people.nobody.get(f"{path}?limit=2"))
    last = ok(people.nobody.get(f"{path}?" + build_query(limit=2, cursor=first["nextCursor"])))
    assert (len(last["items"]), last["nextCursor"]) == (2, None)


def test_a_cursor_works_for_its_own_list_only(people: People) -> None:
    for _ in range(2):
        create_item(people.artist)
        create_item(people.other_artist)
    page = ok(people.nobody.get(f"{HOME}/artists/{ARTIST}/portfolio?limit=1"))
    elsewhere = f"{HOME}/artists/{OTHER_ARTIST}/portfolio?" + build_query(cursor=page["nextCursor"])
    assert error_fields(people.nobody.get(elsewhere)) == {
        "query.cursor": "is not a cursor of this list"
    }


def test_a_page_is_read_with_one_query_or_one_batch(people: People) -> None:
    for _ in range(5):
        create_item(people.artist)
    people.nobody.get(f"{HOME}/artists/{ARTIST}/portfolio?limit=4")
    with aws_calls.counted() as calls:
        ok(people.nobody.get(f"{HOME}/artists/{ARTIST}/portfolio?limit=4"))
    # Besides, whether the page of the artist is hidden, and which order its items have.
    assert calls == {"dynamodb:UpdateItem": 1, "dynamodb:GetItem": 2, "dynamodb:Query": 1}
    first = list_portfolio(people)[-1]["id"]
    ok(people.artist.put(f"{MINE}/{first}/position", json={"position": 0}))
    with aws_calls.counted() as calls:
        ok(people.nobody.get(f"{HOME}/artists/{ARTIST}/portfolio?limit=4"))
    assert calls == {"dynamodb:UpdateItem": 1, "dynamodb:GetItem": 2, "dynamodb:BatchGetItem": 1}


# ---- several pictures --------------------------------------------------------------------------


def test_an_item_has_up_to_ten_pictures_in_order_with_the_cover_first(people: People) -> None:
    pictures = [f"fil_01JD00000000000000000000P{number}" for number in range(10)]
    clean(ARTIST, *pictures)
    item = ok(people.artist.post(MINE, json={"fileIds": pictures}))
    assert (item["fileId"], item["fileIds"], item["pair"]) == (pictures[0], pictures, None)
    turned = pictures[::-1]
    pair = {"fresh": pictures[1], "healed": pictures[2]}
    body = {"fileIds": turned, "pair": pair}
    changed = ok(people.artist.patch(f"{MINE}/{item['id']}", json=body))
    assert (changed["fileId"], changed["fileIds"]) == (turned[0], turned)
    assert changed["pair"] == pair
    assert list_portfolio(people) == [changed]
    (first, second) = outbox("portfolio_item.saved")
    assert first.data["fileIds"] == pictures
    assert second.data["fileIds"] == turned
    fewer = people.artist.patch(f"{MINE}/{item['id']}", json={"fileIds": pictures[3:]})
    assert error_fields(fewer) == {"body.pair": "must be two of the item's pictures"}
    ok(people.artist.patch(f"{MINE}/{item['id']}", json={"fileIds": pictures[3:], "pair": None}))


def test_pictures_of_others_too_many_and_none_are_refused(people: People) -> None:
    clean(ARTIST, FILE)
    clean(OTHER_ARTIST, OTHER_FILE)
    wrong: list[tuple[dict[str, Any], str]] = [
        ({}, "body.fileId"),
        ({"fileIds": []}, "body.fileIds"),
        ({"fileIds": [FILE] * 11}, "body.fileIds"),
        ({"fileIds": [FILE, OTHER_FILE]}, "body.fileIds[1]"),
        ({"fileIds": [FILE], "fileId": FILE}, "body.fileId"),
        ({"fileId": FILE, "pair": {"fresh": FILE, "healed": OTHER_FILE}}, "body.pair"),
        ({"fileId": FILE, "pair": {"fresh": FILE, "healed": FILE}}, "body.pair"),
    ]
    for body, field in wrong:
        assert list(error_fields(people.artist.post(MINE, json=body))) == [field], body
    assert list_portfolio(people) == []


# ---- order -------------------------------------------------------------------------------------


def list_ids(people: People, **parameters: Any) -> list[str]:
    return [item["id"] for item in list_portfolio(people, **parameters)]


def test_an_artist_orders_the_portfolio(people: People, clock: TimeMachineFixture) -> None:
    ids = []
    for _ in range(5):
        ids.append(create_item(people.artist))
        clock.shift(timedelta(seconds=1))
    a, b, c, d, e = ids
    order = f"{MINE}/order"
    for _ in range(2):  # once done it changes nothing
        ok(people.artist.put(order, json={"itemIds": [b, d]}))
        assert list_ids(people, limit=2) == [b, d, e, c, a]
    ok(people.artist.put(f"{MINE}/{a}/position", json={"position": 1}))
    assert list_ids(people, limit=1) == [b, a, d, e, c]
    ok(people.artist.put(f"{MINE}/{b}/position", json={"position": 99}))
    new = create_item(people.artist)
    assert list_ids(people) == [new, a, d, e, c, b]
    ok(people.artist.delete(f"{MINE}/{d}"))
    assert list_ids(people, limit=2) == [new, a, e, c, b]


def test_only_own_items_are_ordered(people: People) -> None:
    theirs = create_item(people.other_artist)
    create_item(people.artist)
    for item_id in (theirs, NO_ITEM, "itm_1"):
        answer = people.artist.put(f"{MINE}/order", json={"itemIds": [item_id]})
        assert error_fields(answer) == {"body.itemIds": "must be items of your portfolio"}
        moved = people.artist.put(f"{MINE}/{item_id}/position", json={"position": 0})
        assert refused(moved) == (404, "not_found")


def test_concurrent_moves_lose_no_item(people: People) -> None:
    ids = [create_item(people.artist) for _ in range(4)]
    moving = iter(ids)
    together(4, lambda: people.artist.put(f"{MINE}/{next(moving)}/position", json={"position": 0}))
    assert sorted(list_ids(people)) == sorted(ids)


# ---- limits ------------------------------------------------------------------------------------


def test_the_number_of_items_is_limited(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(portfolio, "MAX_ITEMS", 2)
    first = create_item(people.artist)
    create_item(people.artist)
    assert refused(people.artist.post(MINE, json={"fileId": FILE})) == (409, "portfolio_full")
    ok(people.artist.delete(f"{MINE}/{first}"))
    create_item(people.artist)
    assert len(list_portfolio(people)) == 2
    create_item(people.other_artist)


def test_concurrent_requests_do_not_exceed_the_limit(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(portfolio, "MAX_ITEMS", 3)
    create_item(people.artist)
    statuses = together(10, lambda: people.artist.post(MINE, json={"fileId": FILE}).status_code)
    assert sorted(statuses) == [201] * 2 + [409] * 8
    assert len(list_portfolio(people)) == 3


# ---- events ------------------------------------------------------------------------------------


def list_published(event_type: str) -> list[dict[str, Any]]:
    return [event.data for event in outbox(event_type)]


def test_changes_and_deletion_are_published_with_growing_versions(
    people: People, clock: TimeMachineFixture
) -> None:
    item_id = create_item(people.artist, caption="Secret words.")
    clock.shift(timedelta(seconds=1))
    ok(people.artist.patch(f"{MINE}/{item_id}", json={"caption": "Others."}))
    clock.shift(timedelta(seconds=1))
    ok(people.artist.delete(f"{MINE}/{item_id}"))
    data = {"itemId": item_id, "artistId": ARTIST, "fileId": FILE}
    saved = data | {"fileIds": [FILE], "hidden": False}
    assert list_published("portfolio_item.saved") == [
        saved | {"recordVersion": 1},
        saved | {"recordVersion": 2},
    ]
    not_imported = {"importId": None, "importAttempt": None}
    removed = data | not_imported | {"recordVersion": 3}
    assert list_published("portfolio_item.removed") == [removed]
    for event in outbox():
        contract = json.loads((EVENTS / f"{event.type}.json").read_text())
        Draft202012Validator(contract["schema"]).validate(event.data)
        assert set(event.data) == set(contract["example"])
        assert event.subject == item_id


def test_requests_that_change_nothing_are_not_published(people: People) -> None:
    item_id = create_item(people.artist, caption="Same.")
    ok(people.artist.patch(f"{MINE}/{item_id}", json={"caption": "Same."}))
    ok(people.artist.patch(f"{MINE}/{item_id}", json={}))
    assert len(outbox()) == 1


def test_a_deleted_artist_cannot_add_items(people: People) -> None:
    people.register()
    consume("user.deleted", userId=ARTIST)
    answer = people.artist.post(MINE, json={"fileId": FILE})
    assert refused(answer) == (401, "session_ended")
    assert list_portfolio(people) == []
