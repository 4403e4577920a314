"""Reviews: one per completed appointment, replies, and ratings."""

import itertools
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError
from time_machine import TimeMachineFixture

from domain.ids import new_id
from shared.http.caller import Role
from tests.functional.profiles.activity import (
    FILE,
    HOME,
    OTHER_FILE,
    build_appointment,
    build_query,
    clean,
    complete_visit,
    confirm_visit,
    create_review,
    dump_table,
    list_all,
    list_stored,
    ok,
)
from tests.functional.profiles.people import (
    ARTIST,
    CLIENT,
    OTHER_ARTIST,
    OTHER_CLIENT,
    People,
    consume,
    outbox,
    register_user,
)
from tests.support import aws_calls
from tests.support.responses import error_fields, refused
from tests.support.threads import together

REVIEWS = f"{HOME}/reviews"
PUBLIC = f"{HOME}/artists/{ARTIST}/reviews"


@pytest.fixture(autouse=True)
def registered(people: People) -> None:
    people.register()


def build_body(appointment_id: str, **fields: Any) -> dict[str, Any]:
    return {"appointmentId": appointment_id, "rating": 5, "text": "Lovely.", **fields}


def get_rating(people: People) -> tuple[int, float | None]:
    """Return the public rating of the artist, which equals the mean of the reviews."""
    shown = ok(people.nobody.get(f"{PUBLIC}?limit=50"))
    stars = [review["rating"] for review in shown["items"]]
    mean = round(sum(stars) / len(stars), 1) if stars else None
    assert (shown["rating"]["count"], shown["rating"]["average"]) == (len(stars), mean)
    return len(stars), mean


# ---- pictures ----------------------------------------------------------------------------------


def list_pictures() -> list[tuple[int, list[str]]]:
    """Return what was published about pictures, oldest first."""
    published = outbox("review.pictures_changed")
    return [(event.data["recordVersion"], event.data["fileIds"]) for event in published]


def test_pictures_are_shown_with_a_review_and_removed_with_it(
    people: People, clock: TimeMachineFixture
) -> None:
    clean(CLIENT, FILE, OTHER_FILE)
    body = build_body(complete_visit(), pictures=[FILE, OTHER_FILE])
    review = ok(people.client.post(REVIEWS, json=body))
    (shown,) = ok(people.nobody.get(PUBLIC))["items"]
    (seen_by_artist,) = ok(people.artist.get(REVIEWS))["items"]
    assert review["pictures"] == shown["pictures"] == [FILE, OTHER_FILE]
    assert seen_by_artist["pictures"] == [FILE, OTHER_FILE]
    path = f"{REVIEWS}/{review['id']}"
    clock.shift(timedelta(seconds=1))
    ok(people.client.patch(path, json={"pictures": [OTHER_FILE]}))
    ok(people.artist.put(f"{path}/reply", json={"text": "Thank you!"}))
    ok(people.client.patch(path, json={"text": "Still lovely."}))
    clock.shift(timedelta(seconds=1))
    ok(people.client.delete(path))
    assert list_pictures() == [(1, [FILE, OTHER_FILE]), (2, [OTHER_FILE]), (5, [])]
    assert {event.data["authorId"] for event in outbox("review.pictures_changed")} == {CLIENT}


def test_pictures_are_up_to_five_clean_images_of_the_client(people: People) -> None:
    clean(CLIENT, FILE)
    clean(ARTIST, OTHER_FILE)
    video = "fil_01JD0000000000000000000VVV"
    clean(CLIENT, video, content_type="video/mp4")
    appointment_id = complete_visit()
    for pictures, field in (
        ([OTHER_FILE], "body.pictures[0]"),
        ([FILE, video], "body.pictures[1]"),
        ([f"fil_01JD000000000000000000000{each}" for each in range(6)], "body.pictures"),
        (["fil_1"], "body.pictures[0]"),
    ):
        body = build_body(appointment_id, pictures=pictures)
        answer = people.client.post(REVIEWS, json=body)
        assert list(error_fields(answer)) == [field], pictures
    assert get_rating(people) == (0, None)


@pytest.mark.parametrize("deleted", [CLIENT, ARTIST])
def test_pictures_go_with_either_account(people: People, deleted: str) -> None:
    clean(CLIENT, FILE)
    body = build_body(complete_visit(), pictures=[FILE])
    ok(people.client.post(REVIEWS, json=body))
    create_review(people.other_client, clientId=OTHER_CLIENT)
    consume("user.deleted", userId=deleted)
    assert list_pictures()[-1] == (2, [])
    assert FILE not in str(list_stored(f"REVIEWS#{ARTIST}"))


# ---- writing -----------------------------------------------------------------------------------


def test_a_review_is_created(people: People) -> None:
    appointment_id = complete_visit()
    answer = people.client.post(REVIEWS, json=build_body(appointment_id, rating=4))
    assert answer.status_code == 201
    review = answer.json_body
    assert review == {
        "id": review["id"],
        "artistId": ARTIST,
        "rating": 4,
        "text": "Lovely.",
        "authorName": "Cleo",
        "createdAt": "2026-11-22T12:00:00Z",
        "editedAt": None,
        "reply": None,
        "authorId": CLIENT,
        "appointmentId": appointment_id,
        "hidden": None,
        "pictures": [],
    }
    shown = ok(people.nobody.get(PUBLIC))
    assert shown == {
        "rating": {"count": 1, "average": 4.0},
        "items": [review | {"authorId": None, "appointmentId": None}],
        "nextCursor": None,
    }
    assert ok(people.client.get(REVIEWS))["items"] == [review]
    assert ok(people.artist.get(REVIEWS))["items"] == [review]
    assert outbox("review.written") == []


@pytest.mark.parametrize("status", ["confirmed", "cancelled", "no_show"])
def test_only_completed_appointments_can_be_reviewed(people: People, status: str) -> None:
    data = build_appointment(status=status)
    consume(f"appointment.{status}", **data)
    answer = people.client.post(REVIEWS, json=build_body(data["appointmentId"]))
    assert refused(answer) == (409, "not_completed")
    assert get_rating(people) == (0, None)


def test_only_the_client_can_review_an_appointment(people: People) -> None:
    appointment_id = complete_visit()
    before = dump_table()
    for person in (people.other_client, people.artist, people.other_artist, people.admin):
        answer = person.post(REVIEWS, json=build_body(appointment_id))
        assert refused(answer) == (404, "not_found")
    unknown = people.client.post(REVIEWS, json=build_body(new_id("apt")))
    assert unknown.json_body["detail"] == answer.json_body["detail"]
    assert people.nobody.post(REVIEWS, json=build_body(appointment_id)).status_code == 401
    assert dump_table() == before


def test_an_appointment_is_reviewed_once(people: People) -> None:
    appointment_id = complete_visit()
    ok(people.client.post(REVIEWS, json=build_body(appointment_id)))
    answer = people.client.post(REVIEWS, json=build_body(appointment_id, rating=1))
    assert refused(answer) == (409, "already_reviewed")
    create_review(people.client, 3)  # for another visit
    assert get_rating(people) == (2, 4.0)


def test_one_of_many_concurrent_reviews_succeeds(people: People) -> None:
    visit = build_body(complete_visit())
    statuses = together(10, lambda: people.client.post(REVIEWS, json=visit).status_code)
    assert sorted(statuses) == [201] + [409] * 9
    assert get_rating(people) == (1, 5.0)


def test_a_retry_with_the_same_key_returns_the_same_review(people: People) -> None:
    visit, key = build_body(complete_visit()), {"idempotency-key": "key-1"}
    first, again = (people.client.post(REVIEWS, json=visit, headers=key) for _ in range(2))
    assert first.status_code == again.status_code == 201
    assert first.body == again.body
    assert get_rating(people) == (1, 5.0)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("rating", 0),
        ("rating", 6),
        ("rating", 4.5),
        ("rating", "5"),
        ("rating", None),
        ("text", "x" * 2001),
        ("appointmentId", "apt_1"),
        ("appointmentId", "apt_01JD0000000000000000000AAA\n"),
        ("artistId", ARTIST),
        ("authorName", "Somebody"),
        ("reply", {"text": "Thanks!"}),
    ],
)
def test_invalid_fields_are_named(people: People, field: str, value: Any) -> None:
    answer = people.client.post(REVIEWS, json=build_body(complete_visit(), **{field: value}))
    assert list(error_fields(answer)) == [f"body.{field}"]
    assert get_rating(people) == (0, None)


# ---- changing ----------------------------------------------------------------------------------


def test_authors_can_change_their_reviews(people: People, clock: TimeMachineFixture) -> None:
    review = create_review(people.client, 2)
    create_review(people.other_client, 5, clientId=OTHER_CLIENT)
    clock.shift(timedelta(hours=1))
    path = f"{REVIEWS}/{review['id']}"
    changed = ok(people.client.patch(path, json={"rating": 4}))
    assert changed == review | {"rating": 4, "editedAt": "2026-11-22T13:00:00Z"}
    assert get_rating(people) == (2, 4.5)
    assert ok(people.client.patch(path, json={"text": ""}))["text"] == ""
    before = dump_table()
    ok(people.client.patch(path, json={"text": "", "rating": 4}))
    ok(people.client.patch(path, json={}))
    assert dump_table() == before
    assert get_rating(people) == (2, 4.5)


def test_authors_can_delete_their_review_and_write_another(people: People) -> None:
    review = create_review(people.client, 1)
    path = f"{REVIEWS}/{review['id']}"
    assert people.client.delete(path).status_code == 204
    assert get_rating(people) == (0, None)
    assert people.client.delete(path).status_code == 404
    ok(people.client.post(REVIEWS, json=build_body(review["appointmentId"], rating=5)))
    assert get_rating(people) == (1, 5.0)


def test_nobody_else_can_change_a_review(people: People) -> None:
    review = create_review(people.client)
    before = dump_table()
    for person in (people.other_client, people.artist, people.admin):
        for path in (f"{REVIEWS}/{review['id']}", f"{REVIEWS}/nonsense"):
            for answer in (person.patch(path, json={"rating": 1}), person.delete(path)):
                assert refused(answer) == (404, "not_found")
    assert dump_table() == before


def test_concurrent_changes_keep_the_rating_right(people: People) -> None:
    review = create_review(people.client, 1)
    stars = itertools.cycle([1, 2, 3, 4, 5])
    path = f"{REVIEWS}/{review['id']}"
    together(10, lambda: ok(people.client.patch(path, json={"rating": next(stars)})))
    assert get_rating(people)[0] == 1


def test_a_concurrent_change_and_deletion_keep_the_rating_right(people: People) -> None:
    review = create_review(people.client, 1)
    path = f"{REVIEWS}/{review['id']}"
    acts: Iterator[Callable[[], Any]] = itertools.cycle(
        [
            lambda: people.client.patch(path, json={"rating": 5}),
            lambda: people.client.delete(path),
        ]
    )
    assert set(together(6, lambda: next(acts)().status_code)) <= {200, 204, 404}
    assert get_rating(people) == (0, None)


# ---- replies -----------------------------------------------------------------------------------


def test_an_artist_has_one_reply_and_can_replace_it(
    people: People, clock: TimeMachineFixture
) -> None:
    review = create_review(people.client)
    path = f"{REVIEWS}/{review['id']}/reply"
    replied = ok(people.artist.put(path, json={"text": "Thanks!"}))
    assert replied == review | {"reply": {"text": "Thanks!", "at": "2026-11-22T12:00:00Z"}}
    clock.shift(timedelta(hours=1))
    ok(people.artist.put(path, json={"text": "Thanks!"}))  # the same text
    (shown,) = ok(people.nobody.get(PUBLIC))["items"]
    assert shown["reply"] == replied["reply"]
    ok(people.artist.put(path, json={"text": "Come again."}))
    (shown,) = ok(people.nobody.get(PUBLIC))["items"]
    assert shown["reply"] == {"text": "Come again.", "at": "2026-11-22T13:00:00Z"}
    assert shown["editedAt"] is None
    assert people.artist.delete(path).status_code == 204
    (shown,) = ok(people.nobody.get(PUBLIC))["items"]
    assert shown["reply"] is None
    assert get_rating(people) == (1, 5.0)


def test_nobody_else_can_reply(people: People) -> None:
    review = create_review(people.client)
    path = f"{REVIEWS}/{review['id']}/reply"
    before = dump_table()
    answer = people.other_artist.put(path, json={"text": "Mine."})
    assert refused(answer) == refused(people.other_artist.delete(path)) == (404, "not_found")
    for person in (people.client, people.admin):
        assert person.put(path, json={"text": "Mine."}).status_code == 403
    assert dump_table() == before


# ---- lists -------------------------------------------------------------------------------------


def test_reviews_are_listed_newest_first_with_current_names(
    people: People, clock: TimeMachineFixture
) -> None:
    ids = []
    for number in range(5):
        client_id = new_id("usr")
        register_user(client_id, f"Client{number} Family", Role.CLIENT)
        author = people.nobody.as_user(client_id)
        ids.append(create_review(author, clientId=client_id)["id"])
        clock.shift(timedelta(seconds=1))
    ok(author.patch(f"{HOME}/me", json={"name": "Nova  Newname"}))
    listed = list_all(people.nobody, PUBLIC, limit=2)
    assert [review["id"] for review in listed] == ids[::-1]
    assert [review["authorName"] for review in listed] == [
        "Nova",
        *(f"Client{number}" for number in (3, 2, 1, 0)),
    ]
    with aws_calls.counted() as calls:
        ok(people.nobody.get(f"{PUBLIC}?limit=5"))
    assert calls == {
        "dynamodb:UpdateItem": 1,
        "dynamodb:Query": 1,
        "dynamodb:GetItem": 2,  # the rating, and whether the page is hidden
        "dynamodb:BatchGetItem": 1,
    }


def test_reviews_are_found_by_handle(people: People) -> None:
    version = ok(people.artist.get(f"{HOME}/me/page"))["version"]
    page = {"handle": "mara.voss", "version": version}
    ok(people.artist.patch(f"{HOME}/me/page", json=page))
    review = create_review(people.client)
    (shown,) = ok(people.nobody.get(f"{HOME}/artists/mara.voss/reviews"))["items"]
    assert shown["id"] == review["id"]
    assert people.nobody.get(f"{HOME}/artists/nobody-has-this/reviews").status_code == 404


def test_authors_and_artists_list_their_own_reviews(people: People) -> None:
    review = create_review(people.client)
    artist_as_client = create_review(people.artist, clientId=ARTIST, artistId=OTHER_ARTIST)
    written = ok(people.artist.get(f"{REVIEWS}?side=written"))["items"]
    received = ok(people.artist.get(REVIEWS))["items"]
    assert [found["id"] for found in written] == [artist_as_client["id"]]
    assert [found["id"] for found in received] == [review["id"]]
    for person in (people.other_client, people.admin):
        assert ok(person.get(REVIEWS))["items"] == []
    create_review(people.client)
    cursor = ok(people.client.get(f"{REVIEWS}?limit=1"))["nextCursor"]
    for other in (people.other_client, people.artist):
        answer = other.get(f"{REVIEWS}?" + build_query(cursor=cursor))
        assert error_fields(answer) == {"query.cursor": "is not a cursor of this list"}


# ---- crashes -----------------------------------------------------------------------------------


@pytest.mark.parametrize("act", ["write", "change", "remove"])
@pytest.mark.parametrize("after", [False, True])
def test_a_crash_leaves_review_and_rating_consistent(people: People, act: str, after: bool) -> None:
    create_review(people.client, 1)
    own = create_review(people.client, 2)
    visit = build_body(complete_visit(), rating=5)
    path = f"{REVIEWS}/{own['id']}"
    acts: dict[str, tuple[Callable[[], Any], tuple[int, float]]] = {
        "write": (lambda: people.client.post(REVIEWS, json=visit), (3, 2.7)),
        "change": (lambda: people.client.patch(path, json={"rating": 4}), (2, 2.5)),
        "remove": (lambda: people.client.delete(path), (1, 1.0)),
    }
    send, wanted = acts[act]
    lost = ReadTimeoutError(endpoint_url="https://dynamodb")
    with aws_calls.failing("TransactWriteItems", lost, after=after, times=1):
        assert send().status_code == 503
    assert get_rating(people) == (wanted if after else (2, 1.5))
    assert send().status_code in (200, 201, 204, 404, 409)
    assert get_rating(people) == wanted


# ---- deleted accounts --------------------------------------------------------------------------


def test_only_the_rating_of_a_deleted_author_remains(people: People) -> None:
    review = create_review(people.client, 2, "Signed, Cleo.")
    remaining = create_review(people.other_client, 5, clientId=OTHER_CLIENT)
    ok(people.artist.put(f"{REVIEWS}/{review['id']}/reply", json={"text": "Dear Cleo."}))
    consume("user.deleted", userId=CLIENT)
    shown = ok(people.nobody.get(PUBLIC))["items"]
    assert {found["id"] for found in shown} == {remaining["id"], review["id"]}
    reviews = ok(people.artist.get(REVIEWS))["items"]
    (redacted,) = [found for found in reviews if found["rating"] == 2]
    blank = {"authorName": None, "authorId": None, "appointmentId": None, "text": "", "reply": None}
    assert redacted == review | blank
    assert get_rating(people) == (2, 3.5)
    assert "Cleo" not in dump_table()
    assert review["appointmentId"] not in dump_table()
    answer = people.client.patch(f"{REVIEWS}/{review['id']}", json={"rating": 1})
    assert refused(answer) == (401, "session_ended")


def test_reviews_of_a_deleted_artist_are_erased(people: People) -> None:
    review = create_review(people.client)
    consume("user.deleted", userId=ARTIST)
    assert list_stored("REVIEWS#") == list_stored("VISIT") == []
    assert not [item for item in list_stored(f"ARTIST#{ARTIST}") if item["sk"] == "RATING"]
    assert ok(people.client.get(REVIEWS))["items"] == []
    answer = people.client.post(REVIEWS, json=build_body(review["appointmentId"]))
    assert refused(answer) == (404, "not_found")


@pytest.mark.parametrize(
    ("gone", "refusal"), [(CLIENT, (401, "session_ended")), (ARTIST, (404, "not_found"))]
)
def test_no_review_is_created_during_an_erasure(
    people: People, monkeypatch: pytest.MonkeyPatch, gone: Any, refusal: Any
) -> None:
    visit = build_body(complete_visit())
    monkeypatch.setattr("profiles.use_cases.erasure_steps.run", lambda *_: False)
    consume("user.deleted", userId=gone)
    assert refused(people.client.post(REVIEWS, json=visit)) == refusal
    assert list_stored("REVIEWS#") == []


def test_a_confirmed_appointment_cannot_be_reviewed(people: People) -> None:
    answer = people.client.post(REVIEWS, json=build_body(confirm_visit()))
    assert refused(answer) == (409, "not_completed")
