"""Deposits over HTTP: a ledger that both sides write into, each its own lines."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError
from chalice.test import HTTPResponse
from time_machine import TimeMachineFixture

from appointments.app import app
from appointments.rules import deposit_ledger
from shared.http.caller import Role
from tests.functional.appointments import people as table
from tests.functional.appointments.people import ARTIST, CLIENT, MONDAY, People, refused
from tests.support import aws_calls, threads
from tests.support.gateway import ApiClient, client_for

NEXT_WEEK = "2026-03-10T09:00:00Z"
FIFTY = {"fixed": 5000, "refundableUntilHours": 24}
BANK = {"accountName": "Mara Voss", "iban": "DE89370400440532013000", "reference": "Tattoo"}
DOWN = ClientError({"Error": {"Code": "InternalServerError"}}, "TransactWriteItems")

# Every action with a body that is fine.
BODIES: dict[str, dict[str, Any]] = {
    "proof": {"reference": "Wire of 3 March"},
    "confirm": {"note": "Thanks"},
    "reject": {"note": "Not there"},
    "refund": {"note": "Sorry"},
    "transfer": {"appointmentId": "apt_01JD0000000000000000000000"},
}
BY_ARTIST = sorted(BODIES.keys() - {"proof"})


def does(by: ApiClient, action: str, appointment_id: str, /, **fields: Any) -> HTTPResponse:
    """Somebody acts on the deposit of an appointment."""
    body = {**BODIES[action], **fields}
    return by.post(f"/v1/appointments/{appointment_id}/deposit/{action}", json=body)


def did(by: ApiClient, action: str, appointment_id: str, /, **fields: Any) -> dict[str, Any]:
    """As `does`, and it went well; returns the appointment."""
    answer = does(by, action, appointment_id, **fields)
    assert answer.status_code == 200, answer.body
    appointment: dict[str, Any] = answer.json_body
    return appointment


def booked(people: People, **service: Any) -> str:
    """A client's booking that waits for its deposit; returns its id."""
    appointment = people.has_booked(people.studio(deposit=FIFTY, **service), NEXT_WEEK)
    assert appointment["status"] == "pending"
    appointment_id: str = appointment["id"]
    return appointment_id


def paid(people: People) -> str:
    """A confirmed booking whose deposit the artist holds; returns its id."""
    appointment_id = booked(people)
    did(people.client, "proof", appointment_id)
    did(people.artist, "confirm", appointment_id)
    return appointment_id


def project(people: People, sittings: int = 3, **service: Any) -> list[str]:
    """A project that its client accepted; returns the ids of its sittings."""
    service_id = people.studio(deposit=FIFTY, **service)
    first = datetime.fromisoformat(NEXT_WEEK)
    proposed = people.artist.post(
        "/v1/appointments/proposals",
        json={
            "serviceId": service_id,
            "clientId": CLIENT,
            "startsAt": [f"{first + timedelta(days=day):%FT%TZ}" for day in range(sittings)],
        },
    )
    assert proposed.status_code == 201, proposed.body
    path = f"/v1/appointments/proposals/{proposed.json_body['id']}/accept"
    accepted = people.client.post(path)
    assert accepted.status_code == 200, accepted.body
    ids: list[str] = accepted.json_body["appointmentIds"]
    return ids


def lines(appointment: dict[str, Any]) -> list[tuple[str, int, str, str]]:
    """The ledger: what happened, how much, by whom, and the note."""
    entries = appointment["deposit"]["entries"]
    return [(line["state"], line["amount"], line["by"], line["note"]) for line in entries]


# ---- the usual way -----------------------------------------------------------------------------


def test_a_direct_booking_is_confirmed_with_its_deposit(people: People) -> None:
    appointment_id = booked(people)
    proved = did(people.client, "proof", appointment_id)
    assert (proved["status"], proved["deposit"]["state"]) == ("pending", "proof_submitted")
    assert (proved["deposit"]["held"], proved["version"]) == (0, 2)

    before = table.outbox()
    confirmed = did(people.artist, "confirm", appointment_id)
    assert (confirmed["status"], confirmed["answerBy"]) == ("confirmed", None)
    assert (confirmed["deposit"]["state"], confirmed["deposit"]["held"]) == ("confirmed", 5000)
    assert lines(confirmed) == [
        ("requested", 5000, "client", ""),
        ("proof_submitted", 5000, "client", "Wire of 3 March"),
        ("confirmed", 5000, "artist", "Thanks"),
    ]
    assert confirmed["version"] == 3
    told = table.told_since(before)
    assert {event.type for event in told} == {"appointment.confirmed", "deposit.confirmed"}
    assert {event.data["recordVersion"] for event in told} == {3}
    assert {event.data["by"] for event in told} == {"artist"}
    assert people.client.get(f"/v1/appointments/{appointment_id}").json_body == confirmed


def test_a_proof_names_files_which_the_artist_finds_in_the_ledger(people: People) -> None:
    appointment_id = booked(people)
    before = table.outbox()
    shown = [f"fil_01JD34A1B2C3D4E5F6G7H8J9K{letter}" for letter in "MN"]
    proved = did(people.client, "proof", appointment_id, files=shown)
    assert proved["deposit"]["entries"][-1]["files"] == shown
    (told,) = [one for one in table.told_since(before) if one.type == "deposit.proof_submitted"]
    assert told.data["files"] == shown
    seen = people.artist.get(f"/v1/appointments/{appointment_id}").json_body
    assert [entry["files"] for entry in seen["deposit"]["entries"]] == [[], shown]


@pytest.mark.parametrize("files", [["fil_1"], ["x"] * 6, "fil_1", [7]])
def test_a_proof_that_names_no_files_is_refused(people: People, files: Any) -> None:
    appointment_id = booked(people)
    answer = people.client.post(
        f"/v1/appointments/{appointment_id}/deposit/proof",
        json={"reference": "x", "files": files},
    )
    assert answer.status_code == 422
    assert answer.json_body["errors"][0]["field"].startswith("body.files")


def test_a_request_stays_one_when_its_deposit_is_there(people: People) -> None:
    appointment_id = booked(people, mode="request")
    before = table.outbox()
    paid_for = did(people.artist, "confirm", appointment_id)
    assert (paid_for["status"], paid_for["deposit"]["held"]) == ("pending", 5000)
    assert paid_for["answerBy"] is not None
    assert [event.type for event in table.told_since(before)] == ["deposit.confirmed"]


def test_saying_it_is_paid_gives_the_artist_the_whole_time_to_look(
    people: People, clock: TimeMachineFixture
) -> None:
    """Else the booking could expire with the money at the artist and nothing in the ledger."""
    appointment_id = booked(people)
    asked_until = people.client.get(f"/v1/appointments/{appointment_id}").json_body["answerBy"]
    clock.shift(timedelta(hours=1))
    proved = did(people.client, "proof", appointment_id)
    given, before = (datetime.fromisoformat(one) for one in (proved["answerBy"], asked_until))
    starts_at = datetime.fromisoformat(proved["startsAt"])
    assert given == min(before + timedelta(hours=1), starts_at) > before
    clock.shift(timedelta(hours=1))
    rejected = did(people.artist, "reject", appointment_id)
    assert rejected["answerBy"] == proved["answerBy"]


def test_what_is_confirmed_already_is_not_confirmed_again(people: People) -> None:
    appointment_id = booked(people)
    people.artist.post(f"/v1/appointments/{appointment_id}/confirm")
    before = table.outbox()
    assert did(people.artist, "confirm", appointment_id)["status"] == "confirmed"
    assert [event.type for event in table.told_since(before)] == ["deposit.confirmed"]


def test_a_rejected_proof_can_be_followed_by_a_better_one(people: People) -> None:
    appointment_id = booked(people)
    did(people.client, "proof", appointment_id)
    rejected = did(people.artist, "reject", appointment_id)
    assert (rejected["status"], rejected["deposit"]["state"]) == ("pending", "rejected")
    did(people.client, "proof", appointment_id, reference="Second try")
    confirmed = did(people.artist, "confirm", appointment_id)
    assert [line[0] for line in lines(confirmed)] == [
        *("requested", "proof_submitted", "rejected", "proof_submitted", "confirmed")
    ]


def test_a_deposit_goes_back_in_parts_but_never_more_of_it(people: People) -> None:
    appointment_id = paid(people)
    part = did(people.artist, "refund", appointment_id, amount=1200)
    assert (part["deposit"]["state"], part["deposit"]["held"]) == ("refunded", 3800)
    too_much = does(people.artist, "refund", appointment_id, amount=3801)
    assert refused(too_much) == (409, "not_held")
    rest = did(people.artist, "refund", appointment_id)
    assert rest["deposit"]["held"] == 0
    assert lines(rest)[-2:] == [
        ("refunded", 1200, "artist", "Sorry"),
        ("refunded", 3800, "artist", "Sorry"),
    ]
    assert refused(does(people.artist, "refund", appointment_id)) == (409, "not_held")
    assert {event.data["amount"] for event in table.outbox("deposit.refunded")} == {1200, 3800}


@pytest.mark.parametrize("amount", [0, -1, 1.5, "1200", True])
def test_what_is_no_amount_is_refused(people: People, amount: float | str | bool | int) -> None:
    answer = does(people.artist, "refund", paid(people), amount=amount)
    assert table.error_fields(answer).keys() == {"body.amount"}


def test_each_act_tells_its_fact_completely(people: People) -> None:
    appointment_id = booked(people)
    for by, action, type_ in [
        (people.client, "proof", "deposit.proof_submitted"),
        (people.artist, "reject", "deposit.rejected"),
        (people.artist, "confirm", "deposit.confirmed"),
        (people.artist, "refund", "deposit.refunded"),
    ]:
        before = table.outbox()
        appointment = did(by, action, appointment_id)
        (fact,) = [event for event in table.told_since(before) if event.type == type_]
        assert fact.subject == appointment_id
        assert fact.data == {
            "appointmentId": appointment_id,
            "artistId": ARTIST,
            "clientId": CLIENT,
            "serviceName": "Fine line tattoo",
            "amount": 5000,
            "currency": "EUR",
            "state": type_.partition(".")[2],
            "by": "client" if action == "proof" else "artist",
            "recordVersion": appointment["version"],
            **({"files": []} if action == "proof" else {}),
        }


# ---- who and when ------------------------------------------------------------------------------


@pytest.mark.parametrize("action", BODIES)
def test_the_wrong_side_may_not_and_strangers_see_nothing(people: People, action: Any) -> None:
    appointment_id = paid(people)
    before = table.everything()
    wrong = people.artist if action == "proof" else people.client
    assert refused(does(wrong, action, appointment_id)) == (403, "forbidden")
    for stranger in (people.other_client, people.other_artist):
        assert refused(does(stranger, action, appointment_id)) == (404, "not_found")
    assert refused(does(people.artist, action, "apt_01JD0000000000000000000000")) == (
        404,
        "not_found",
    )
    assert table.everything() == before


def test_an_artist_who_is_a_client_here_acts_as_one(people: People) -> None:
    service_id = people.studio(deposit=FIFTY)
    appointment = people.has_booked(service_id, NEXT_WEEK, people.other_artist)
    assert did(people.other_artist, "proof", appointment["id"])["deposit"]["held"] == 0
    wrong_side = does(people.other_artist, "confirm", appointment["id"])
    assert refused(wrong_side) == (403, "forbidden")


@pytest.mark.parametrize("action", BODIES)
def test_where_no_deposit_was_asked_for_nothing_happens_to_it(people: People, action: Any) -> None:
    appointment = people.has_booked(people.studio(), NEXT_WEEK)
    by = people.client if action == "proof" else people.artist
    assert refused(does(by, action, appointment["id"])) == (409, "no_deposit")


@pytest.mark.parametrize("action", ["proof", "confirm", "reject"])
def test_what_is_held_is_neither_proved_nor_confirmed_nor_rejected(
    people: People, action: str
) -> None:
    by = people.client if action == "proof" else people.artist
    assert refused(does(by, action, paid(people))) == (409, "wrong_deposit_state")


@pytest.mark.parametrize("action", ["refund", "reject"])
def test_what_nobody_paid_is_neither_given_back_nor_rejected(people: People, action: str) -> None:
    code = "not_held" if action == "refund" else "wrong_deposit_state"
    assert refused(does(people.artist, action, booked(people))) == (409, code)


def test_what_is_held_when_it_is_over_can_be_refunded_and_nothing_else(people: People) -> None:
    appointment_id = paid(people)
    cancelled = people.artist.post(f"/v1/appointments/{appointment_id}/cancel", json={})
    assert cancelled.json_body["deposit"]["held"] == 5000
    for action in ("proof", "confirm", "reject", "transfer"):
        by = people.client if action == "proof" else people.artist
        assert refused(does(by, action, appointment_id)) == (409, "wrong_status")
    refunded = did(people.artist, "refund", appointment_id)
    assert (refunded["status"], refunded["deposit"]["held"]) == ("cancelled", 0)


@pytest.mark.parametrize("field", ["state", "amount", "held", "by", "entries"])
def test_nobody_writes_the_ledger_but_by_its_actions(people: People, field: str) -> None:
    appointment_id = booked(people)
    for by, action in ((people.client, "proof"), (people.artist, "confirm")):
        answer = does(by, action, appointment_id, **{field: "confirmed"})
        assert table.error_fields(answer) == {f"body.{field}": "is unknown"}


# ---- all or nothing ----------------------------------------------------------------------------


@pytest.mark.parametrize("action", ["confirm", "transfer"])
def test_a_change_that_fails_leaves_nothing(people: People, action: str) -> None:
    appointment_id, other, _ = project(people)
    if action == "transfer":
        did(people.artist, "confirm", appointment_id)
    before = table.everything()
    fields = {"appointmentId": other} if action == "transfer" else {}
    with aws_calls.failing("TransactWriteItems", DOWN):
        assert does(people.artist, action, appointment_id, **fields).status_code == 500
    assert table.everything() == before
    assert does(people.artist, action, appointment_id, **fields).status_code == 200


def test_each_act_is_one_read_and_one_transaction(people: People) -> None:
    appointment_id = booked(people)
    with aws_calls.counted() as calls:
        did(people.artist, "confirm", appointment_id)
    assert calls == {
        "dynamodb:UpdateItem": 1,  # the limit's count
        "dynamodb:GetItem": 1,
        "dynamodb:TransactWriteItems": 1,
    }


def test_a_deposit_is_given_back_once_however_often_it_is_tried_at_once(people: People) -> None:
    appointment_id = paid(people)
    artist = client_for(app).as_user(ARTIST, Role.ARTIST)
    answers = threads.together(8, lambda: does(artist, "refund", appointment_id))
    assert sorted(answer.status_code for answer in answers) == [200, *[409] * 7]
    assert {refused(answer)[1] for answer in answers if answer.status_code == 409} == {"not_held"}
    assert deposit_ledger.get_held_amount(table.appointment(appointment_id).deposit) == 0
    assert len(table.outbox("deposit.refunded")) == 1


# ---- to another sitting ------------------------------------------------------------------------


def test_a_projects_deposit_is_applied_to_another_sitting_and_back(people: People) -> None:
    first, second, _ = project(people)
    did(people.artist, "confirm", first)
    did(people.artist, "refund", first, amount=1000)
    before = table.outbox()
    left = did(people.artist, "transfer", first, appointmentId=second)
    assert (left["deposit"]["state"], left["deposit"]["held"]) == ("transferred", 0)
    assert left["deposit"]["entries"][-1] == {
        "state": "transferred",
        "amount": 4000,
        "at": f"{MONDAY:%FT%TZ}",
        "by": "artist",
        "note": "",
        "appointmentId": second,
        "files": [],
    }
    received = people.client.get(f"/v1/appointments/{second}").json_body
    assert (received["version"], left["version"]) == (2, 4)
    deposit = received["deposit"]
    assert (deposit["amount"], deposit["held"], deposit["state"]) == (4000, 4000, "confirmed")
    assert deposit["refundableUntilHours"] == 24
    (line,) = deposit["entries"]
    assert (line["state"], line["amount"], line["appointmentId"]) == ("confirmed", 4000, first)

    (fact,) = table.told_since(before)
    assert (fact.type, fact.subject) == ("deposit.transferred", first)
    assert fact.data["toAppointmentId"] == second
    assert (fact.data["amount"], fact.data["state"]) == (4000, "transferred")
    assert fact.data["recordVersion"] == 4

    back = did(people.artist, "transfer", second, appointmentId=first)
    assert back["deposit"]["held"] == 0
    held = people.client.get(f"/v1/appointments/{first}").json_body["deposit"]
    assert (held["held"], held["amount"], held["state"]) == (4000, 5000, "confirmed")


def test_a_transfer_needs_another_sitting_of_the_same_project(people: People) -> None:
    first, second, _ = project(people)
    did(people.artist, "confirm", first)
    elsewhere = people.has_booked(people.offers(), "2026-03-20T09:00:00Z")["id"]
    before = table.everything()
    nowhere = "apt_01JD0000000000000000000000"
    for target in (first, elsewhere, nowhere, "", "#"):
        answer = does(people.artist, "transfer", first, appointmentId=target)
        assert table.error_fields(answer) == {
            "body.appointmentId": "is not another sitting of this project"
        }
    assert table.everything() == before
    assert does(people.artist, "transfer", first, appointmentId=second).status_code == 200


def test_a_booking_of_its_own_is_no_projects_sitting(people: People) -> None:
    one = paid(people)
    service_id = people.offers()
    other = people.has_booked(service_id, "2026-03-20T09:00:00Z")["id"]
    answer = does(people.artist, "transfer", one, appointmentId=other)
    assert answer.status_code == 422


def test_a_sitting_that_is_off_gets_no_deposit(people: People) -> None:
    first, second, third = project(people)
    did(people.artist, "confirm", first)
    assert people.artist.post(f"/v1/appointments/{second}/cancel", json={}).status_code == 200
    off = does(people.artist, "transfer", first, appointmentId=second)
    assert refused(off) == (409, "wrong_status")
    assert does(people.artist, "transfer", first, appointmentId=third).status_code == 200


def test_what_is_not_held_goes_nowhere(people: People) -> None:
    first, second, _ = project(people)
    answer = does(people.artist, "transfer", first, appointmentId=second)
    assert refused(answer) == (409, "not_held")


def test_a_deposit_is_applied_once_however_often_it_is_tried_at_once(people: People) -> None:
    first, second, third = project(people)
    did(people.artist, "confirm", first)
    targets = iter([second, third] * 4)
    answers = threads.together(
        8, lambda: does(people.artist, "transfer", first, appointmentId=next(targets))
    )
    assert sorted(answer.status_code for answer in answers) == [200, *[409] * 7]
    held = [
        deposit_ledger.get_held_amount(table.appointment(one).deposit)
        for one in (first, second, third)
    ]
    assert sorted(held) == [0, 0, 5000]


# ---- where to pay ------------------------------------------------------------------------------

PATH = "/v1/appointments/bank-details"


def shown(by: ApiClient, appointment_id: str) -> Any:
    return by.get(f"/v1/appointments/{appointment_id}").json_body["deposit"]["bankDetails"]


def test_bank_details_are_kept_replaced_and_removed(people: People) -> None:
    assert refused(people.artist.get(PATH)) == (404, "not_found")
    full = {"bsb": None, "accountNumber": None, "bic": None, **BANK}
    assert people.artist.put(PATH, json=BANK).json_body == full
    other = {"accountName": "Mara", "bsb": "062-000", "accountNumber": "1234 5678"}
    people.artist.put(PATH, json=other)
    assert people.artist.get(PATH).json_body == {
        "iban": None,
        "bic": None,
        "reference": "",
        **other,
    }
    assert refused(people.other_artist.get(PATH)) == (404, "not_found")
    assert people.artist.delete(PATH).status_code == 204
    assert people.artist.delete(PATH).status_code == 204
    assert refused(people.artist.get(PATH)) == (404, "not_found")


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_only_artists_have_bank_details(people: People, method: str) -> None:
    body: dict[str, Any] = {"json": BANK} if method == "PUT" else {}
    assert refused(people.client.request(method, PATH, **body)) == (403, "forbidden")


@pytest.mark.parametrize(
    "wrong",
    [
        {"iban": "de89370400440532013000"},
        {"iban": "DE8"},
        {"iban": "DE\u0661\u066170400440532013000"},
        {"bsb": "06200"},
        {"bsb": "\u0661\u0661\u0661-000"},
        {"accountNumber": "12a4"},
        {"bic": "DEUT"},
        {"iban": "DE89370400440532013000\n"},
        {"bsb": "062-000\n", "accountNumber": "1234\n", "bic": "DEUTDEFF\n"},
        {"accountName": " "},
        {"reference": "x" * 141},
    ],
)
def test_what_is_no_account_is_refused(people: People, wrong: Any) -> None:
    answer = people.artist.put(PATH, json={**BANK, **wrong})
    assert table.error_fields(answer).keys() == {f"body.{name}" for name in wrong}


def test_details_that_name_no_account_are_refused(people: People) -> None:
    answer = people.artist.put(PATH, json={"accountName": "Mara Voss", "bsb": "062-000"})
    assert table.error_fields(answer).keys() == {"body"}


def test_the_client_sees_where_to_pay_only_while_the_deposit_is_due(people: People) -> None:
    people.artist.put(PATH, json=BANK)
    service_id = people.studio(deposit=FIFTY)
    details = {"bsb": None, "accountNumber": None, "bic": None, **BANK}
    answer = people.has_booked(service_id, NEXT_WEEK)
    appointment_id = answer["id"]
    assert answer["deposit"]["bankDetails"] == details
    assert shown(people.client, appointment_id) == details
    assert shown(people.artist, appointment_id) is None

    assert did(people.client, "proof", appointment_id)["deposit"]["bankDetails"] is None
    assert shown(people.client, appointment_id) is None
    assert did(people.artist, "reject", appointment_id)["deposit"]["bankDetails"] is None
    assert shown(people.client, appointment_id) == details
    did(people.artist, "confirm", appointment_id)
    assert shown(people.client, appointment_id) is None
    did(people.artist, "refund", appointment_id)
    assert shown(people.client, appointment_id) is None


def test_when_it_is_off_nobody_is_told_to_pay(people: People) -> None:
    people.artist.put(PATH, json=BANK)
    appointment_id = booked(people)
    cancelled = people.client.post(f"/v1/appointments/{appointment_id}/cancel", json={})
    assert cancelled.json_body["deposit"]["state"] == "requested"
    assert cancelled.json_body["deposit"]["bankDetails"] is None
    assert shown(people.client, appointment_id) is None


def test_neither_lists_nor_events_hold_bank_details(people: People) -> None:
    people.artist.put(PATH, json=BANK)
    booked(people)
    listed = people.client.get("/v1/appointments").body
    assert BANK["iban"] not in listed.decode()
    assert not [event for event in table.outbox() if BANK["iban"] in str(event.data)]
