"""Reports of pages, portfolio items and reviews, and what admins hide because of them."""

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from infra.paths import EVENTS
from profiles.use_cases import reports
from tests.functional.profiles.activity import (
    FILE,
    HOME,
    OTHER_FILE,
    clean,
    complete_visit,
    create_item,
    create_review,
    dump_table,
    get_likes,
    list_portfolio,
    ok,
)
from tests.functional.profiles.people import (
    ARTIST,
    CLIENT,
    OTHER_CLIENT,
    People,
    consume,
    outbox,
    update_page,
)
from tests.support.responses import error_fields, refused

REPORTS = f"{HOME}/reports"
PAGE = f"{HOME}/artists/{ARTIST}"
HIDDEN_AT, SHOWN_AT = "2026-11-22T12:00:00Z", "2026-11-22T13:00:00Z"
WHY = "Copied from another artist"


@pytest.fixture(autouse=True)
def registered(people: People) -> None:
    people.register()
    clean(ARTIST, FILE, OTHER_FILE)
    update_page(people.artist, handle="mara.voss", listed=True, bio="Botanical tattoos")


def try_reporting(people: People, kind: str, subject_id: str, **fields: Any) -> Any:
    body = {"kind": kind, "subjectId": subject_id, "reason": "inappropriate", **fields}
    return people.client.post(REPORTS, json=body)


def report(people: People, kind: str, subject_id: str, **fields: Any) -> str:
    answer = try_reporting(people, kind, subject_id, **fields)
    assert answer.status_code == 201, answer.body
    return str(answer.json_body["id"])


def decide(
    kind: str, subject_id: str, report_id: str = "rpt_1", *, shows: bool = False, **fields: Any
) -> None:
    decided: dict[str, Any] = {
        "reportId": report_id,
        "kind": kind,
        "subjectId": subject_id,
        "reason": WHY,
        "decidedAt": SHOWN_AT if shows else HIDDEN_AT,
    }
    if shows:
        consume("report.reversed", **decided)
    else:
        consume("report.decided", **decided | {"reporterId": CLIENT, "hides": True, **fields})


def found(people: People) -> list[str]:
    items = ok(people.nobody.get(f"{HOME}/artists"))["items"]
    return [item["artistId"] for item in items]


def test_a_report_keeps_what_is_reported_and_is_made_once(people: People) -> None:
    item = create_item(people.artist, caption="A swallow.")
    reported = report(people, "portfolio_item", item, details=" Mine! ")
    assert report(people, "portfolio_item", item) == reported
    people.artist.patch(f"{HOME}/me/portfolio/{item}", json={"caption": "Nothing to see"})
    (event,) = outbox("report.submitted")
    contract = json.loads((EVENTS / "report.submitted.json").read_text())
    Draft202012Validator(contract["schema"]).validate(event.data)
    data = dict(event.data)
    assert data.pop("createdAt")
    assert data == {
        "reportId": reported,
        "kind": "portfolio_item",
        "subjectId": item,
        "reporterId": CLIENT,
        "reportedId": ARTIST,
        "reason": "inappropriate",
        "details": "Mine!",
        "content": "A swallow.",
        "attachments": [FILE],
    }
    decide("portfolio_item", item, reported, hides=False)
    again = report(people, "portfolio_item", item)
    assert again != reported
    decide("portfolio_item", item, reported, hides=False)  # the event arrives twice
    assert report(people, "portfolio_item", item) == again


def test_pages_and_reviews_are_reported(people: People) -> None:
    review = create_review(people.client, rating=1, text="Avoid!")["id"]
    assert (
        people.artist.post(
            REPORTS, json={"kind": "review", "subjectId": review, "reason": "harassment"}
        ).status_code
        == 201
    )
    report(people, "page", ARTIST)
    contents = {event.data["kind"]: event.data for event in outbox("report.submitted")}
    assert (contents["review"]["content"], contents["review"]["reportedId"]) == (
        "1 of 5\nAvoid!",
        CLIENT,
    )
    assert contents["page"]["content"] == "Mara Voss\nBotanical tattoos"


def test_only_what_others_show_is_reported(people: People) -> None:
    item = create_item(people.artist)
    own = people.artist.post(REPORTS, json={"kind": "page", "subjectId": ARTIST, "reason": "spam"})
    assert error_fields(own) == {"body.subjectId": "is your own"}
    for kind, subject_id in (
        ("page", CLIENT),
        ("portfolio_item", item[:-26] + ARTIST[-26:]),
        ("review", item.replace("itm", "rev")),
        ("review", ARTIST),
    ):
        assert refused(try_reporting(people, kind, subject_id)) == (404, "not_found")
    wrong = error_fields(try_reporting(people, "message", "x"))
    assert set(wrong) == {"body.kind", "body.subjectId"}
    assert people.nobody.post(REPORTS, json={}).status_code == 401


def test_reports_are_limited(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reports, "REPORT_LIMIT", 1)
    report(people, "page", ARTIST)
    assert try_reporting(people, "page", ARTIST).status_code == 429


def test_a_hidden_page_is_its_artists_until_it_is_shown_again(people: People) -> None:
    assert found(people) == [ARTIST]
    decide("page", ARTIST)
    assert found(people) == []
    for path in (f"{HOME}/artists/mara.voss", f"{PAGE}/portfolio", f"{PAGE}/reviews"):
        assert refused(people.nobody.get(path)) == (404, "not_found")
    assert refused(try_reporting(people, "page", ARTIST)) == (404, "not_found")
    own = ok(people.artist.get(f"{HOME}/me/page"))
    assert own["hidden"] == {"at": HIDDEN_AT, "reason": WHY}
    # Neither an edit nor a ban that is lifted shows it.
    update_page(people.artist, bio="Harmless")
    for version, banned in ((1, True), (2, False)):
        consume("user.banned", userId=ARTIST, role="artist", banned=banned, recordVersion=version)
    assert found(people) == []
    decide("page", ARTIST, shows=True)
    decide("page", ARTIST)  # late
    assert found(people) == [ARTIST]
    assert ok(people.artist.get(f"{HOME}/me/page"))["hidden"] is None


def test_a_hidden_item_is_its_artists(people: People) -> None:
    item = create_item(people.artist)
    other = create_item(people.artist, fileId=OTHER_FILE)
    board = people.client.post(f"{HOME}/boards", json={"name": "Ideas"}).json_body["id"]
    place = f"{HOME}/boards/{board}"
    assert people.client.put(f"{place}/items/{item}").status_code == 204
    decide("portfolio_item", item)
    assert [each["id"] for each in list_portfolio(people)] == [other]
    assert ok(people.client.get(place))["items"] == []
    like = people.client.put(f"{HOME}/portfolio/{item}/like")
    assert refused(like) == (404, "not_found")
    second = people.client.post(f"{HOME}/boards", json={"name": "More"}).json_body["id"]
    added = people.client.put(f"{HOME}/boards/{second}/items/{item}")
    assert refused(added) == (404, "not_found")
    own = {
        each["id"]: each["hidden"]
        for each in ok(people.artist.get(f"{HOME}/me/portfolio"))["items"]
    }
    assert own == {item: {"at": HIDDEN_AT, "reason": WHY}, other: None}
    saved = [event.data for event in outbox("portfolio_item.saved")]
    assert max(saved, key=lambda data: (data["itemId"] == item, data["recordVersion"]))["hidden"]
    changed = people.artist.patch(f"{HOME}/me/portfolio/{item}", json={"caption": "Mine"})
    assert changed.json_body["hidden"]["reason"] == WHY
    decide("portfolio_item", item, shows=True)
    assert {each["id"] for each in list_portfolio(people)} == {item, other}
    assert all(each["hidden"] is None for each in list_portfolio(people))
    assert len(ok(people.client.get(place))["items"]) == 1
    assert get_likes(people, item) == 0


def test_a_hidden_review_does_not_count(people: People) -> None:
    reviews = f"{HOME}/reviews"
    bad = create_review(people.client, rating=1, text="Avoid!")["id"]
    create_review(people.other_client, clientId=OTHER_CLIENT)
    decide("review", bad)
    shown = ok(people.nobody.get(f"{PAGE}/reviews"))
    assert [each["rating"] for each in shown["items"]] == [5]
    assert shown["rating"] == {"count": 1, "average": 5.0}
    assert len(ok(people.artist.get(f"{reviews}?side=received"))["items"]) == 1
    (own,) = ok(people.client.get(f"{reviews}?side=written"))["items"]
    assert own["hidden"] == {"at": HIDDEN_AT, "reason": WHY}
    reply = people.artist.put(f"{reviews}/{bad}/reply", json={"text": "No."})
    assert refused(reply) == (404, "not_found")
    # An edit changes neither that nor the rating.
    assert people.client.patch(f"{reviews}/{bad}", json={"rating": 2}).status_code == 200
    assert ok(people.nobody.get(f"{PAGE}/reviews"))["rating"]["count"] == 1
    decide("review", bad, shows=True)
    assert ok(people.nobody.get(f"{PAGE}/reviews"))["rating"] == {"count": 2, "average": 3.5}
    decide("review", bad, "rpt_2", decidedAt="2026-11-23T12:00:00Z")
    assert people.client.delete(f"{reviews}/{bad}").status_code == 204
    assert ok(people.nobody.get(f"{PAGE}/reviews"))["rating"] == {"count": 1, "average": 5.0}


def test_pictures_of_what_is_hidden_are_shown_to_nobody_else(people: People) -> None:
    clean(CLIENT, FILE, OTHER_FILE)
    body = {"appointmentId": complete_visit(), "rating": 5, "pictures": [FILE, OTHER_FILE]}
    review = ok(people.client.post(f"{HOME}/reviews", json=body))["id"]
    people.artist.post(
        REPORTS, json={"kind": "review", "subjectId": review, "reason": "inappropriate"}
    )
    assert outbox("report.submitted")[0].data["attachments"] == [FILE, OTHER_FILE]
    decide("review", review)
    assert ok(people.nobody.get(f"{PAGE}/reviews"))["items"] == []
    (own,) = ok(people.client.get(f"{HOME}/reviews"))["items"]
    assert own["pictures"] == [FILE, OTHER_FILE]
    decide("review", review, shows=True)
    shown = [event.data["fileIds"] for event in outbox("review.pictures_changed")]
    assert shown == [[FILE, OTHER_FILE], [], [FILE, OTHER_FILE]]


def test_nothing_of_a_report_is_left_of_a_deleted_account(people: People) -> None:
    report(people, "page", ARTIST)
    consume("user.deleted", userId=CLIENT)
    assert f"REPORT#{ARTIST}" not in dump_table()
