"""Requests: validation, what is saved with them, and intake forms."""

from datetime import timedelta
from typing import Any

import pytest
from time_machine import TimeMachineFixture

from domain.policy_terms import AgeRules, PolicyKind, Terms, text_hash, version_id
from files.models import FileStatus
from shared.platform import clock as shared_clock
from tests.functional.consultations.people import (
    ARTIST,
    CLIENT,
    HOME,
    MONDAY,
    OTHER_ARTIST,
    OTHER_CLIENT,
    REQUEST,
    People,
    are_counts_consistent,
    count_published,
    everything,
    outbox,
    publish,
    publish_clean_file,
    stored,
)
from tests.support import clean_files
from tests.support.responses import error_fields, refused
from tests.support.threads import together

SERVICE = f"svc_{ARTIST[4:]}_01JD0000000000000000000SSS"
FILES = [f"fil_01JD00000000000000000000{number:02}" for number in range(12)]
FULL_REQUEST: dict[str, Any] = {
    **REQUEST,
    "serviceId": SERVICE,
    "preferredWindows": [
        {"firstDate": "2026-04-01", "lastDate": "2026-04-10", "partOfDay": "morning"},
        {"firstDate": "2026-03-01", "lastDate": "2026-03-01"},
    ],
    "placement": "Left forearm",
    "size": "10 cm",
    "style": "Fine line",
    "palette": "black_and_grey",
    "budget": {"currency": "EUR", "minimum": 10000, "maximum": 30000},
    "coverUp": True,
}
QUESTIONS: list[dict[str, Any]] = [
    {"key": "allergies", "type": "yes_no", "label": "Any allergies?", "required": True},
    {
        "key": "which",
        "type": "long_text",
        "label": "Which?",
        "required": True,
        "shownIf": {"question": "allergies", "oneOf": [True]},
    },
]


def age_terms(number: int, *, service_id: str | None = None, guardian: int | None = None) -> Terms:
    return Terms(
        artist_id=ARTIST,
        service_id=service_id,
        kind=PolicyKind.AGE,
        number=number,
        version_id=version_id(ARTIST, service_id, PolicyKind.AGE, number),
        text_hash=text_hash("Eighteen."),
        rules=AgeRules(18, guardian),
        published_at=shared_clock.now(),
    )


def publish_policy(terms: Terms) -> str:
    publish("policy.published", {"terms": terms})
    return terms.version_id


def save_intake(people: People, questions: list[dict[str, Any]] = QUESTIONS) -> int:
    answer = people.artist.put(f"{HOME}/intake", json={"questions": questions})
    assert answer.status_code == 200, answer.body
    version: int = answer.json_body["version"]
    return version


# ---- all fields --------------------------------------------------------------------------------


def test_both_parties_read_every_field_of_the_request(people: People) -> None:
    files = [publish_clean_file(FILES[0]), publish_clean_file(FILES[1])]
    age = {"versionId": publish_policy(age_terms(1)), "basis": "of_age"}
    intake = {"version": save_intake(people), "answers": {"allergies": True, "which": "Nuts"}}
    answer = people.send_request(**FULL_REQUEST, files=files, ageConfirmation=age, intake=intake)
    assert answer.status_code == 201, answer.body
    body = answer.json_body
    assert body["status"] == "pending"
    assert (body["artist"]["name"], body["client"]["name"]) == ("Mara", "Ada")
    assert body["expiresAt"] == "2026-03-16T08:00:00Z"
    request = body["request"]
    windows = request.pop("preferredWindows")
    assert [window["partOfDay"] for window in windows] == ["morning", "any"]
    assert request.pop("intake") == {
        "version": 1,
        "items": [
            {"key": "allergies", "label": "Any allergies?", "type": "yes_no", "answer": True},
            {"key": "which", "label": "Which?", "type": "long_text", "answer": "Nuts"},
        ],
    }
    assert request.pop("files") == files
    assert request.pop("ageConfirmation") == age
    assert request == {name: FULL_REQUEST[name] for name in request}
    for reader in (people.client, people.artist):
        assert reader.get(f"{HOME}/{body['id']}").json_body["request"]["subject"] == "A swallow"
    assert are_counts_consistent()


def test_the_event_holds_no_more_than_the_subject(people: People) -> None:
    people.create_consultation(**FULL_REQUEST, files=[publish_clean_file(FILES[0])])
    (event,) = outbox("consultation.requested")
    assert event.data == {
        "consultationId": event.subject,
        "artistId": ARTIST,
        "clientId": CLIENT,
        "subject": "A swallow",
        "status": "pending",
        "by": "client",
        "recordVersion": 1,
        "files": [FILES[0]],
        "imported": False,
    }


def test_every_wrong_field_is_named(people: People) -> None:
    publish_policy(age_terms(1))
    save_intake(people)
    publish_clean_file(FILES[1], owner=OTHER_CLIENT)
    answer = people.send_request(
        serviceId=f"svc_{OTHER_ARTIST[4:]}_01JD0000000000000000000SSS",
        preferredWindows=[{"firstDate": "2026-02-01", "lastDate": "2026-02-28"}],
        files=[FILES[0], FILES[1]],
        intake={"version": 1, "answers": {"allergies": "no", "more": 1}},
    )
    assert set(error_fields(answer)) == {
        "body.serviceId",
        "body.preferredWindows[0].lastDate",
        "body.files[0]",
        "body.files[1]",
        "body.ageConfirmation",
        "body.intake.answers.allergies",
        "body.intake.answers.more",
    }
    assert count_published() == {}


@pytest.mark.parametrize(
    "fields",
    [
        {"subject": "x" * 256},
        {"subject": " "},
        {"description": ""},
        {"budget": {"currency": "EUR"}},
        {"budget": {"currency": "EUR", "minimum": 2, "maximum": 1}},
        {"budget": {"currency": "EUR", "minimum": -1}},
        {"budget": {"currency": "euro", "minimum": 1}},
        {"budget": {"currency": "EUR", "minimum": 1.5}},
        {"palette": "red"},
        {"preferredWindows": [{"firstDate": "2026-04-02", "lastDate": "2026-04-01"}]},
        {"preferredWindows": [{"firstDate": "2026-04-02", "lastDate": "2026-04-02"}] * 11},
        {"files": FILES[:11]},
        {"files": ["fil_x"]},
        {"artistId": "usr_x"},
        {"artistId": CLIENT},
        {"artistId": OTHER_CLIENT},
        {"artistId": "usr_01JD0000000000000000000ZZZ"},
        {"coverUp": "yes"},
    ],
)
def test_invalid_fields_are_refused(people: People, fields: dict[str, Any]) -> None:
    ((name, _),) = fields.items()
    assert all(
        field.startswith(f"body.{name}") for field in error_fields(people.send_request(**fields))
    )
    assert count_published() == {}


def test_only_clients_can_request(people: People) -> None:
    for other in (people.artist, people.other_artist, people.admin):
        assert refused(people.send_request(other)) == (403, "forbidden")
    assert people.send_request(people.nobody).status_code == 401


# ---- reference images --------------------------------------------------------------------------


def test_files_must_be_clean_images_of_the_client(people: People) -> None:
    publish_clean_file(FILES[0])
    publish_clean_file(FILES[1], contentType="application/pdf")
    publish_clean_file(FILES[2])
    publish("file.removed", {"fileId": FILES[2], "ownerId": CLIENT, "recordVersion": 2})
    publish(
        "file.cleaned",
        {"fileId": FILES[2], "ownerId": CLIENT, "contentType": "image/webp", "recordVersion": 1},
    )
    fields = error_fields(people.send_request(files=[*FILES[:3], FILES[0]]))
    assert fields == {
        "body.files[1]": "is not an image",
        "body.files[2]": "is not one of your clean files",
        "body.files[3]": "is named twice",
    }
    people.create_consultation(files=FILES[:1])


def test_files_are_accepted_before_the_event_that_they_are_clean(people: People) -> None:
    clean_files.create(CLIENT, FILES[0])
    clean_files.create(CLIENT, FILES[1], "application/pdf")
    clean_files.create(OTHER_CLIENT, FILES[2])
    clean_files.create(CLIENT, FILES[3], status=FileStatus.INSPECTING)
    assert error_fields(people.send_request(files=FILES[:4])) == {
        "body.files[1]": "is not an image",
        "body.files[2]": "is not one of your clean files",
        "body.files[3]": "is not one of your clean files",
    }
    people.create_consultation(files=FILES[:1])


def test_ten_files_are_accepted(people: People) -> None:
    for file_id in FILES[:10]:
        publish_clean_file(file_id)
    path = people.create_consultation(files=FILES[:10])
    assert stored(path).request.files == tuple(FILES[:10])  # type: ignore[union-attr]


def test_other_users_files_are_refused_like_unknown_files(people: People) -> None:
    publish_clean_file(FILES[0], owner=OTHER_CLIENT)
    fields = error_fields(people.send_request(files=[FILES[0], FILES[1]]))
    assert set(fields) == {"body.files[0]", "body.files[1]"}
    assert len(set(fields.values())) == 1


# ---- age ---------------------------------------------------------------------------------------


def age_confirmation(version: str, basis: str = "of_age") -> dict[str, Any]:
    return {"ageConfirmation": {"versionId": version, "basis": basis}}


def test_an_age_must_be_confirmed_by_the_version_in_force(people: People) -> None:
    first = publish_policy(age_terms(1))
    people.create_consultation(**age_confirmation(first))
    second = publish_policy(age_terms(2))
    publish_policy(age_terms(1))  # late, and again
    assert list(error_fields(people.send_request(**age_confirmation(first)))) == [
        "body.ageConfirmation.versionId"
    ]
    assert list(error_fields(people.send_request())) == ["body.ageConfirmation"]
    path = people.create_consultation(**age_confirmation(second))
    assert stored(path).request.age_confirmation.version_id == second  # type: ignore[union-attr]


def test_guardians_can_consent_only_where_the_policy_accepts_it(people: People) -> None:
    strict = publish_policy(age_terms(1))
    fields = error_fields(people.send_request(**age_confirmation(strict, "guardian_consents")))
    assert list(fields) == ["body.ageConfirmation.basis"]
    people.create_consultation(
        **age_confirmation(publish_policy(age_terms(2, guardian=16)), "guardian_consents")
    )


def test_a_services_own_policy_has_priority_until_it_is_withdrawn(people: People) -> None:
    own = publish_policy(age_terms(1, service_id=SERVICE))
    people.create_consultation()  # no service, no policy
    assert list(error_fields(people.send_request(serviceId=SERVICE))) == ["body.ageConfirmation"]
    people.create_consultation(serviceId=SERVICE, **age_confirmation(own))
    ended = {"artistId": ARTIST, "serviceId": SERVICE, "kind": "age", "number": 1}
    publish("policy.withdrawn", ended)
    publish_policy(age_terms(1, service_id=SERVICE))
    fields = error_fields(people.send_request(serviceId=SERVICE, **age_confirmation(own)))
    assert fields == {"body.ageConfirmation": "is not required by this artist"}


def test_other_kinds_of_policies_are_not_stored(people: People) -> None:
    before = everything()
    publish(
        "policy.withdrawn", {"artistId": ARTIST, "serviceId": None, "kind": "design", "number": 2}
    )
    assert everything() == before


# ---- intake forms ------------------------------------------------------------------------------


def test_each_change_of_the_form_makes_a_version_that_never_changes(people: People) -> None:
    query = f"{HOME}/intake?artistId={ARTIST}"
    assert people.nobody.get(query).json_body["version"] == 0
    assert save_intake(people) == 1
    assert save_intake(people) == 1  # the same again
    assert save_intake(people, QUESTIONS[:1]) == 2
    assert people.nobody.get(query).json_body["version"] == 2
    first = people.nobody.get(f"{query}&version=1").json_body
    assert [question["key"] for question in first["questions"]] == ["allergies", "which"]
    assert people.nobody.get(f"{query}&version=3").status_code == 404
    assert save_intake(people, []) == 3


def test_answers_keep_the_questions_that_were_asked(people: People) -> None:
    intake = {"version": save_intake(people), "answers": {"allergies": False}}
    path = people.create_consultation(intake=intake)
    save_intake(people, [QUESTIONS[0] | {"label": "Something else?"}])
    (item,) = people.client.get(path).json_body["request"]["intake"]["items"]
    assert (item["label"], item["answer"]) == ("Any allergies?", False)


def test_a_replaced_form_can_be_answered_for_a_day(
    people: People, clock: TimeMachineFixture
) -> None:
    intake = {"version": save_intake(people), "answers": {"allergies": False}}
    save_intake(people, QUESTIONS[:1])
    clock.shift(timedelta(days=1))
    people.create_consultation(intake=intake)
    clock.shift(timedelta(milliseconds=1))
    fields = error_fields(people.send_request(intake=intake))
    assert fields == {
        "body.intake.version": "cannot be answered; the current version is 2, and the others can "
        "be answered until 24 hours after they were replaced"
    }
    people.create_consultation(intake=intake | {"version": 2})


def test_several_edits_in_a_row_leave_the_day_of_each_version(
    people: People, clock: TimeMachineFixture
) -> None:
    """Four edits of an hour each: the client may have opened the form before any of them."""
    opened = {"version": 0, "answers": {}}
    people.create_consultation(people.other_client, intake=opened)
    forms = [QUESTIONS[:1], QUESTIONS, QUESTIONS[:1], QUESTIONS]
    versions = []
    for questions in forms:
        clock.shift(timedelta(hours=1))
        versions.append(save_intake(people, questions))
    assert versions == [1, 2, 3, 4]
    form = f"{HOME}/intake?artistId={ARTIST}"
    shown = people.nobody.get(f"{form}&version=1").json_body
    assert (shown["answerableUntil"], shown["answerableHours"]) == ("2026-03-03T10:00:00Z", 24)
    assert people.nobody.get(form).json_body["answerableUntil"] is None
    answers = {"allergies": False}
    clock.shift(timedelta(hours=21))  # a day after the first version was saved
    assert people.send_request(intake=opened).status_code == 201
    path = people.create_consultation(intake={"version": 1, "answers": answers})
    assert people.client.get(path).json_body["request"]["intake"]["version"] == 1
    wrong = people.send_request(intake={"version": 2, "answers": {"nothing": 1}})
    assert "body.intake.answers.nothing" in error_fields(wrong)
    clock.shift(timedelta(minutes=1))
    for version, status in ((0, 422), (1, 201), (5, 422)):
        sent = {"version": version, "answers": answers if version else {}}
        assert people.send_request(intake=sent).status_code == status


def test_answers_are_required_only_where_questions_are(people: People) -> None:
    intake = {"version": 1, "answers": {}}
    assert list(error_fields(people.send_request(intake=intake))) == ["body.intake.version"]
    people.create_consultation()
    save_intake(people)
    assert error_fields(people.send_request()) == {
        "body.intake": "is required: the artist's form has required questions"
    }
    save_intake(people, [QUESTIONS[0] | {"required": False}])
    people.create_consultation()


def test_circular_questions_are_refused_by_name(people: People) -> None:
    circle = [
        {"key": key, "type": "yes_no", "label": "?", "shownIf": {"question": on, "oneOf": [True]}}
        for key, on in (("a", "b"), ("b", "a"))
    ]
    answer = people.artist.put(f"{HOME}/intake", json={"questions": circle})
    assert list(error_fields(answer)) == ["body.questions[0].shownIf.question"]


def test_concurrent_changes_make_versions_without_gaps(people: People) -> None:
    forms = iter([[QUESTIONS[0] | {"label": f"Question {number}?"}] for number in range(8)])
    save_intake(people, next(forms))  # warms up clients and caches
    versions = together(6, lambda: save_intake(people, next(forms)))
    assert sorted(versions) == [2, 3, 4, 5, 6, 7]


# ---- limits ------------------------------------------------------------------------------------


def test_at_most_three_requests_are_open(people: People) -> None:
    paths = [people.create_consultation() for _ in range(3)]
    assert refused(people.send_request()) == (409, "too_many_open")
    people.create_consultation(artistId=OTHER_ARTIST)
    people.create_consultation(people.other_client)
    people.client.post(f"{paths[0]}/cancel", json={})
    people.create_consultation()
    assert are_counts_consistent()


def test_at_most_three_concurrent_requests_succeed(people: People) -> None:
    people.create_consultation()  # warms up clients and caches
    statuses = together(8, lambda: people.send_request().status_code)
    assert sorted(statuses) == [201, 201, *6 * [409]]
    assert count_published()["requested"] == 3
    assert are_counts_consistent()


def test_twenty_concurrent_requests_with_one_key_create_one(people: People) -> None:
    people.create_consultation(people.other_client)  # warms up clients and caches
    headers = {"idempotency-key": "swallow"}
    answers = together(20, lambda: people.client.post(HOME, json=dict(REQUEST), headers=headers))
    assert {answer.status_code for answer in answers} <= {201, 409}
    again = people.client.post(HOME, json=dict(REQUEST), headers=headers)
    assert again.status_code == 201
    ids = {answer.json_body["id"] for answer in (*answers, again) if answer.status_code == 201}
    assert len(ids) == 1
    assert count_published()["requested"] == 2
    other = people.client.post(HOME, json={**REQUEST, "subject": "Two"}, headers=headers)
    assert refused(other) == (422, "idempotency_key_reused")


# ---- blocks and deleted accounts ---------------------------------------------------------------


@pytest.mark.parametrize("who", [ARTIST, CLIENT])
def test_blocks_prevent_requests_in_both_directions(people: People, who: str) -> None:
    change = {"artistId": ARTIST, "clientId": CLIENT, "userId": who}
    publish("conversation.block_changed", {**change, "blocked": True, "recordVersion": 1})
    assert refused(people.send_request()) == (403, "blocked")
    people.create_consultation(people.other_client)
    people.create_consultation(artistId=OTHER_ARTIST)
    publish("conversation.block_changed", {**change, "blocked": False, "recordVersion": 3})
    publish("conversation.block_changed", {**change, "blocked": True, "recordVersion": 2})  # late
    people.create_consultation()


def test_a_guest_of_a_platform_concerns_no_request(people: People) -> None:
    path = people.create_consultation()
    guest = {"artistId": ARTIST, "clientId": None, "guestId": "gst_1", "userId": ARTIST}
    publish("conversation.block_changed", {**guest, "blocked": True, "recordVersion": 1})
    publish("message.created", {**guest, "senderId": ARTIST, "createdAt": MONDAY})
    assert people.client.get(path).json_body["status"] == "pending"
    people.create_consultation()


def test_closed_books_take_no_requests(people: People) -> None:
    path = people.create_consultation()
    artist = {"userId": ARTIST, "role": "artist", "name": "Mara", "avatar": None}
    before = everything()
    for is_open, version in ((True, 1), (False, 3), (True, 2)):  # the last one is late
        profile = {**artist, "booksOpen": is_open, "recordVersion": version}
        publish("user.profile.updated", profile)
    assert refused(people.send_request()) == (409, "books_closed")
    assert len(everything()) == len(before)
    people.create_consultation(artistId=OTHER_ARTIST)
    draft = people.artist.get(f"{path}/proposal-draft")  # what was asked before can be answered
    assert draft.status_code == 200
    publish("user.profile.updated", {**artist, "booksOpen": True, "recordVersion": 4})
    people.create_consultation()


@pytest.mark.parametrize("who", [ARTIST, CLIENT])
def test_deleted_accounts_prevent_requests(people: People, who: str) -> None:
    publish("user.deleted", {"userId": who})
    publish("user.verified", {"userId": who, "name": "Late", "role": "artist"})
    before = everything()
    answer = people.send_request()
    if who == CLIENT:
        assert refused(answer) == (401, "session_ended")
    else:
        assert list(error_fields(answer)) == ["body.artistId"]
    assert [item["pk"] for item in everything()] == [item["pk"] for item in before]
    assert "Late" not in str(everything())


def test_an_artist_without_a_form_has_none_to_answer(people: People) -> None:
    fields = error_fields(people.send_request(intake={"version": 1, "answers": {}}))
    assert fields == {
        "body.intake.version": "cannot be answered; the artist has no form, which is version 0"
    }
