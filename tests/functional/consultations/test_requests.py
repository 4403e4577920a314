"""Asking an artist: what is taken, what is refused, and what is frozen."""

from datetime import timedelta
from typing import Any

import pytest
from time_machine import TimeMachineFixture

from domain.policy_terms import AgeRules, Kind, Terms, text_hash, version_id
from shared.platform import clock as shared_clock
from tests.functional.consultations.people import (
    ARTIST,
    CLIENT,
    HOME,
    OTHER_ARTIST,
    OTHER_CLIENT,
    WISH,
    People,
    cleans,
    counts_are_right,
    error_fields,
    everything,
    hear,
    kept,
    outbox,
    refused,
    told,
)
from tests.support.threads import together

SERVICE = f"svc_{ARTIST[4:]}_01JD0000000000000000000SSS"
FILES = [f"fil_01JD00000000000000000000{number:02}" for number in range(12)]
WHOLE: dict[str, Any] = {
    **WISH,
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
        kind=Kind.AGE,
        number=number,
        version_id=version_id(ARTIST, service_id, Kind.AGE, number),
        text_hash=text_hash("Eighteen."),
        rules=AgeRules(18, guardian),
        published_at=shared_clock.now(),
    )


def publishes(terms: Terms) -> str:
    hear("policy.published", {"terms": terms})
    return terms.version_id


def asks_questions(people: People, questions: list[dict[str, Any]] = QUESTIONS) -> int:
    answer = people.artist.put(f"{HOME}/intake", json={"questions": questions})
    assert answer.status_code == 200, answer.body
    version: int = answer.json_body["version"]
    return version


# ---- the whole of it ---------------------------------------------------------------------------


def test_all_that_is_asked_is_what_both_read(people: People) -> None:
    files = [cleans(FILES[0]), cleans(FILES[1])]
    age = {"versionId": publishes(age_terms(1)), "basis": "of_age"}
    intake = {"version": asks_questions(people), "answers": {"allergies": True, "which": "Nuts"}}
    answer = people.asks(**WHOLE, files=files, ageConfirmation=age, intake=intake)
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
    assert request == {name: WHOLE[name] for name in request}
    for reader in (people.client, people.artist):
        assert reader.get(f"{HOME}/{body['id']}").json_body["request"]["subject"] == "A swallow"
    assert counts_are_right()


def test_the_fact_tells_no_more_than_the_subject(people: People) -> None:
    people.has_asked(**WHOLE, files=[cleans(FILES[0])])
    (fact,) = outbox("consultation.requested")
    assert fact.data == {
        "consultationId": fact.subject,
        "artistId": ARTIST,
        "clientId": CLIENT,
        "subject": "A swallow",
        "status": "pending",
        "by": "client",
        "recordVersion": 1,
        "files": [FILES[0]],
    }


def test_every_wrong_field_is_named(people: People) -> None:
    publishes(age_terms(1))
    asks_questions(people)
    cleans(FILES[1], owner=OTHER_CLIENT)
    answer = people.asks(
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
    assert told() == {}


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
def test_nonsense_is_refused(people: People, fields: dict[str, Any]) -> None:
    ((name, _),) = fields.items()
    assert all(field.startswith(f"body.{name}") for field in error_fields(people.asks(**fields)))
    assert told() == {}


def test_only_clients_ask(people: People) -> None:
    for other in (people.artist, people.other_artist, people.admin):
        assert refused(people.asks(other)) == (403, "forbidden")
    assert people.asks(people.nobody).status_code == 401


# ---- references --------------------------------------------------------------------------------


def test_references_are_clean_images_of_the_client(people: People) -> None:
    cleans(FILES[0])
    cleans(FILES[1], contentType="application/pdf")
    cleans(FILES[2])
    hear("file.removed", {"fileId": FILES[2], "ownerId": CLIENT, "recordVersion": 2})
    hear(
        "file.cleaned",
        {"fileId": FILES[2], "ownerId": CLIENT, "contentType": "image/webp", "recordVersion": 1},
    )
    fields = error_fields(people.asks(files=[*FILES[:3], FILES[0]]))
    assert fields == {
        "body.files[1]": "is no image",
        "body.files[2]": "is no clean file of yours",
        "body.files[3]": "is named twice",
    }
    people.has_asked(files=FILES[:1])


def test_ten_references_are_fine(people: People) -> None:
    for file_id in FILES[:10]:
        cleans(file_id)
    path = people.has_asked(files=FILES[:10])
    assert kept(path).wish.files == tuple(FILES[:10])  # type: ignore[union-attr]


def test_of_others_files_no_more_is_told_than_of_none(people: People) -> None:
    cleans(FILES[0], owner=OTHER_CLIENT)
    fields = error_fields(people.asks(files=[FILES[0], FILES[1]]))
    assert set(fields) == {"body.files[0]", "body.files[1]"}
    assert len(set(fields.values())) == 1


# ---- age ---------------------------------------------------------------------------------------


def confirmed(version: str, basis: str = "of_age") -> dict[str, Any]:
    return {"ageConfirmation": {"versionId": version, "basis": basis}}


def test_an_age_is_confirmed_by_the_version_in_force(people: People) -> None:
    first = publishes(age_terms(1))
    people.has_asked(**confirmed(first))
    second = publishes(age_terms(2))
    publishes(age_terms(1))  # late, and again
    assert list(error_fields(people.asks(**confirmed(first)))) == ["body.ageConfirmation.versionId"]
    assert list(error_fields(people.asks())) == ["body.ageConfirmation"]
    path = people.has_asked(**confirmed(second))
    assert kept(path).wish.age_confirmation.version_id == second  # type: ignore[union-attr]


def test_guardians_consent_where_the_policy_has_it_so(people: People) -> None:
    strict = publishes(age_terms(1))
    fields = error_fields(people.asks(**confirmed(strict, "guardian_consents")))
    assert list(fields) == ["body.ageConfirmation.basis"]
    people.has_asked(**confirmed(publishes(age_terms(2, guardian=16)), "guardian_consents"))


def test_a_services_own_policy_comes_first_and_ends_when_withdrawn(people: People) -> None:
    own = publishes(age_terms(1, service_id=SERVICE))
    people.has_asked()  # no service, no policy
    assert list(error_fields(people.asks(serviceId=SERVICE))) == ["body.ageConfirmation"]
    people.has_asked(serviceId=SERVICE, **confirmed(own))
    ended = {"artistId": ARTIST, "serviceId": SERVICE, "kind": "age", "number": 1}
    hear("policy.withdrawn", ended)
    publishes(age_terms(1, service_id=SERVICE))
    fields = error_fields(people.asks(serviceId=SERVICE, **confirmed(own)))
    assert fields == {"body.ageConfirmation": "is not asked for"}


def test_other_kinds_of_policies_are_not_kept(people: People) -> None:
    before = everything()
    hear("policy.withdrawn", {"artistId": ARTIST, "serviceId": None, "kind": "design", "number": 2})
    assert everything() == before


# ---- intake ------------------------------------------------------------------------------------


def test_each_change_of_the_questions_is_a_version_and_none_changes(people: People) -> None:
    query = f"{HOME}/intake?artistId={ARTIST}"
    assert people.nobody.get(query).json_body["version"] == 0
    assert asks_questions(people) == 1
    assert asks_questions(people) == 1  # the same again
    assert asks_questions(people, QUESTIONS[:1]) == 2
    assert people.nobody.get(query).json_body["version"] == 2
    first = people.nobody.get(f"{query}&version=1").json_body
    assert [one["key"] for one in first["questions"]] == ["allergies", "which"]
    assert people.nobody.get(f"{query}&version=3").status_code == 404
    assert asks_questions(people, []) == 3


def test_what_was_answered_stays_as_it_was(people: People) -> None:
    intake = {"version": asks_questions(people), "answers": {"allergies": False}}
    path = people.has_asked(intake=intake)
    asks_questions(people, [QUESTIONS[0] | {"label": "Something else?"}])
    (item,) = people.client.get(path).json_body["request"]["intake"]["items"]
    assert (item["label"], item["answer"]) == ("Any allergies?", False)


def test_a_form_that_was_open_may_be_handed_in_for_a_day(
    people: People, clock: TimeMachineFixture
) -> None:
    intake = {"version": asks_questions(people), "answers": {"allergies": False}}
    asks_questions(people, QUESTIONS[:1])
    clock.shift(timedelta(days=1))
    people.has_asked(intake=intake)
    clock.shift(timedelta(milliseconds=1))
    fields = error_fields(people.asks(intake=intake))
    assert fields == {"body.intake.version": "is not the one that is asked; it is 2"}
    people.has_asked(intake=intake | {"version": 2})


def test_questions_are_answered_only_where_they_must_be(people: People) -> None:
    intake = {"version": 1, "answers": {}}
    assert list(error_fields(people.asks(intake=intake))) == ["body.intake.version"]
    people.has_asked()
    asks_questions(people)
    assert error_fields(people.asks()) == {"body.intake": "is required: the artist asks"}
    asks_questions(people, [QUESTIONS[0] | {"required": False}])
    people.has_asked()


def test_questions_that_cannot_be_are_named(people: People) -> None:
    circle = [
        {"key": key, "type": "yes_no", "label": "?", "shownIf": {"question": on, "oneOf": [True]}}
        for key, on in (("a", "b"), ("b", "a"))
    ]
    answer = people.artist.put(f"{HOME}/intake", json={"questions": circle})
    assert list(error_fields(answer)) == ["body.questions[0].shownIf.question"]


def test_versions_are_numbered_without_gaps_however_many_save_at_once(people: People) -> None:
    forms = iter([[QUESTIONS[0] | {"label": f"Question {number}?"}] for number in range(8)])
    asks_questions(people, next(forms))  # makes what is made once
    versions = together(6, lambda: asks_questions(people, next(forms)))
    assert sorted(versions) == [2, 3, 4, 5, 6, 7]


# ---- how many ----------------------------------------------------------------------------------


def test_three_are_open_at_a_time(people: People) -> None:
    paths = [people.has_asked() for _ in range(3)]
    assert refused(people.asks()) == (409, "too_many_open")
    people.has_asked(artistId=OTHER_ARTIST)
    people.has_asked(people.other_client)
    people.client.post(f"{paths[0]}/cancel", json={})
    people.has_asked()
    assert counts_are_right()


def test_no_more_are_open_however_many_ask_at_once(people: People) -> None:
    people.has_asked()  # makes what is made once
    statuses = together(8, lambda: people.asks().status_code)
    assert sorted(statuses) == [201, 201, *6 * [409]]
    assert told()["requested"] == 3
    assert counts_are_right()


def test_one_key_asks_once_in_twenty_threads(people: People) -> None:
    people.has_asked(people.other_client)  # makes what is made once
    headers = {"idempotency-key": "swallow"}
    answers = together(20, lambda: people.client.post(HOME, json=dict(WISH), headers=headers))
    assert {answer.status_code for answer in answers} <= {201, 409}
    again = people.client.post(HOME, json=dict(WISH), headers=headers)
    assert again.status_code == 201
    made = {answer.json_body["id"] for answer in (*answers, again) if answer.status_code == 201}
    assert len(made) == 1
    assert told()["requested"] == 2
    other = people.client.post(HOME, json={**WISH, "subject": "Two"}, headers=headers)
    assert refused(other) == (422, "idempotency_key_reused")


# ---- who may not -------------------------------------------------------------------------------


@pytest.mark.parametrize("who", [ARTIST, CLIENT])
def test_nobody_asks_who_blocked_them_or_whom_they_blocked(people: People, who: str) -> None:
    change = {"artistId": ARTIST, "clientId": CLIENT, "userId": who}
    hear("conversation.block_changed", {**change, "blocked": True, "recordVersion": 1})
    assert refused(people.asks()) == (403, "blocked")
    people.has_asked(people.other_client)
    people.has_asked(artistId=OTHER_ARTIST)
    hear("conversation.block_changed", {**change, "blocked": False, "recordVersion": 3})
    hear("conversation.block_changed", {**change, "blocked": True, "recordVersion": 2})  # late
    people.has_asked()


@pytest.mark.parametrize("who", [ARTIST, CLIENT])
def test_nobody_asks_whose_account_is_gone(people: People, who: str) -> None:
    hear("user.deleted", {"userId": who})
    hear("user.verified", {"userId": who, "name": "Late", "role": "artist"})
    before = everything()
    answer = people.asks()
    if who == CLIENT:
        assert refused(answer) == (401, "session_ended")
    else:
        assert list(error_fields(answer)) == ["body.artistId"]
    assert [item["pk"] for item in everything()] == [item["pk"] for item in before]
    assert "Late" not in str(everything())
