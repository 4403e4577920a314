"""Deposits over HTTP: a ledger in which each side writes its own lines."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError
from chalice.test import HTTPResponse
from time_machine import TimeMachineFixture

from appointments.app import app
from appointments.rules import deposit_ledger
from shared.http.caller import Role
from shared.platform import clock as our_clock
from tests.functional.appointments import people as table
from tests.functional.appointments.people import ARTIST, CLIENT, MONDAY, People
from tests.support import aws_calls, relations, threads
from tests.support.gateway import ApiClient, client_for
from tests.support.responses import error_fields, refused

NEXT_WEEK = "2026-03-10T09:00:00Z"
FIFTY = {
    "deposit": {"type": "fixed", "amount": 5000},
    "depositRefundableUntilHours": 24,
}
BANK = {"accountName": "Mara Voss", "iban": "DE89370400440532013000", "reference": "Tattoo"}
DOWN = ClientError({"Error": {"Code": "InternalServerError"}}, "TransactWriteItems")

# Every action with a valid body.
BODIES: dict[str, dict[str, Any]] = {
    "proof": {"reference": "Wire of 3 March"},
    "confirm": {"note": "Thanks"},
    "reject": {"note": "Not there"},
    "refund": {"note": "Sorry"},
    "waive": {"reason": "A regular"},
    "transfer": {"appointmentId": "apt_01JD0000000000000000000000"},
}
BY_ARTIST = sorted(BODIES.keys() - {"proof"})


def try_act(by: ApiClient, action: str, appointment_id: str, /, **fields: Any) -> HTTPResponse:
    """Request an action on the deposit of an appointment."""
    body = {**BODIES[action], **fields}
    return by.post(f"/v1/appointments/{appointment_id}/deposit/{action}", json=body)


def act(by: ApiClient, action: str, appointment_id: str, /, **fields: Any) -> dict[str, Any]:
    """Act like `try_act`, require success, and return the appointment."""
    answer = try_act(by, action, appointment_id, **fields)
    assert answer.status_code == 200, answer.body
    appointment: dict[str, Any] = answer.json_body
    return appointment


def create_booking(people: People, **service: Any) -> str:
    """Create a client's booking that waits for its deposit, and return its id."""
    appointment = people.book(people.open_studio(**FIFTY, **service), NEXT_WEEK)
    assert appointment["status"] == "pending"
    appointment_id: str = appointment["id"]
    return appointment_id


def create_paid_booking(people: People) -> str:
    """Create a confirmed booking whose deposit the artist holds, and return its id."""
    appointment_id = create_booking(people)
    act(people.client, "proof", appointment_id)
    act(people.artist, "confirm", appointment_id)
    return appointment_id


def accept_project(people: People, sittings: int = 3, **service: Any) -> list[str]:
    """Propose and accept a project, and return the ids of its sittings."""
    service_id = people.open_studio(**FIFTY, **service)
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


def list_ledger_lines(appointment: dict[str, Any]) -> list[tuple[str, int, str, str]]:
    """Return state, amount, side and note of each line of the ledger."""
    entries = appointment["deposit"]["entries"]
    return [(line["state"], line["amount"], line["by"], line["note"]) for line in entries]


# ---- lifecycle ---------------------------------------------------------------------------------


def test_confirming_the_deposit_confirms_a_direct_booking(people: People) -> None:
    appointment_id = create_booking(people)
    proved = act(people.client, "proof", appointment_id)
    assert (proved["status"], proved["deposit"]["state"]) == ("pending", "proof_submitted")
    assert (proved["deposit"]["held"], proved["version"]) == (0, 2)

    before = table.outbox()
    confirmed = act(people.artist, "confirm", appointment_id)
    assert (confirmed["status"], confirmed["answerBy"]) == ("confirmed", None)
    assert (confirmed["deposit"]["state"], confirmed["deposit"]["held"]) == ("confirmed", 5000)
    assert list_ledger_lines(confirmed) == [
        ("requested", 5000, "client", ""),
        ("proof_submitted", 5000, "client", "Wire of 3 March"),
        ("confirmed", 5000, "artist", "Thanks"),
    ]
    assert confirmed["version"] == 3
    published = table.list_events_since(before)
    assert {event.type for event in published} == {"appointment.confirmed", "deposit.confirmed"}
    assert {event.data["recordVersion"] for event in published} == {3}
    assert {event.data["by"] for event in published} == {"artist"}
    assert people.client.get(f"/v1/appointments/{appointment_id}").json_body == confirmed


def test_the_files_of_a_proof_appear_in_the_ledger(people: People) -> None:
    appointment_id = create_booking(people)
    before = table.outbox()
    file_ids = [f"fil_01JD34A1B2C3D4E5F6G7H8J9K{letter}" for letter in "MN"]
    relations.clean(CLIENT, *file_ids)
    proved = act(people.client, "proof", appointment_id, files=file_ids)
    assert proved["deposit"]["entries"][-1]["files"] == file_ids
    (published,) = [
        event
        for event in table.list_events_since(before)
        if event.type == "deposit.proof_submitted"
    ]
    assert published.data["files"] == file_ids
    seen = people.artist.get(f"/v1/appointments/{appointment_id}").json_body
    assert [entry["files"] for entry in seen["deposit"]["entries"]] == [[], file_ids]


@pytest.mark.parametrize("files", [["fil_1"], ["x"] * 6, "fil_1", [7]])
def test_a_proof_with_invalid_file_ids_is_refused(people: People, files: Any) -> None:
    appointment_id = create_booking(people)
    answer = people.client.post(
        f"/v1/appointments/{appointment_id}/deposit/proof",
        json={"reference": "x", "files": files},
    )
    assert answer.status_code == 422
    assert answer.json_body["errors"][0]["field"].startswith("body.files")


def test_confirming_the_deposit_leaves_a_request_pending(people: People) -> None:
    appointment_id = create_booking(people, mode="request")
    before = table.outbox()
    paid_for = act(people.artist, "confirm", appointment_id)
    assert (paid_for["status"], paid_for["deposit"]["held"]) == ("pending", 5000)
    assert paid_for["answerBy"] is not None
    assert [event.type for event in table.list_events_since(before)] == ["deposit.confirmed"]


def test_submitting_proof_renews_the_time_to_answer(
    people: People, clock: TimeMachineFixture
) -> None:
    """Otherwise the booking could expire after the client has paid."""
    appointment_id = create_booking(people)
    asked_until = people.client.get(f"/v1/appointments/{appointment_id}").json_body["answerBy"]
    clock.shift(timedelta(hours=1))
    proved = act(people.client, "proof", appointment_id)
    renewed, before = (datetime.fromisoformat(value) for value in (proved["answerBy"], asked_until))
    starts_at = datetime.fromisoformat(proved["startsAt"])
    assert renewed == min(before + timedelta(hours=1), starts_at) > before
    clock.shift(timedelta(hours=1))
    rejected = act(people.artist, "reject", appointment_id)
    assert rejected["answerBy"] == proved["answerBy"]


def test_confirming_the_deposit_of_a_confirmed_booking_publishes_only_the_deposit(
    people: People,
) -> None:
    appointment_id = create_booking(people)
    people.artist.post(f"/v1/appointments/{appointment_id}/confirm")
    before = table.outbox()
    assert act(people.artist, "confirm", appointment_id)["status"] == "confirmed"
    assert [event.type for event in table.list_events_since(before)] == ["deposit.confirmed"]


def test_another_proof_can_follow_a_rejected_one(people: People) -> None:
    appointment_id = create_booking(people)
    act(people.client, "proof", appointment_id)
    rejected = act(people.artist, "reject", appointment_id)
    assert (rejected["status"], rejected["deposit"]["state"]) == ("pending", "rejected")
    act(people.client, "proof", appointment_id, reference="Second try")
    confirmed = act(people.artist, "confirm", appointment_id)
    assert [line[0] for line in list_ledger_lines(confirmed)] == [
        *("requested", "proof_submitted", "rejected", "proof_submitted", "confirmed")
    ]


def test_a_deposit_is_refunded_in_parts_up_to_the_held_amount(people: People) -> None:
    appointment_id = create_paid_booking(people)
    part = act(people.artist, "refund", appointment_id, amount=1200)
    assert (part["deposit"]["state"], part["deposit"]["held"]) == ("refunded", 3800)
    too_much = try_act(people.artist, "refund", appointment_id, amount=3801)
    assert refused(too_much) == (409, "not_held")
    rest = act(people.artist, "refund", appointment_id)
    assert rest["deposit"]["held"] == 0
    assert list_ledger_lines(rest)[-2:] == [
        ("refunded", 1200, "artist", "Sorry"),
        ("refunded", 3800, "artist", "Sorry"),
    ]
    assert refused(try_act(people.artist, "refund", appointment_id)) == (409, "not_held")
    assert {event.data["amount"] for event in table.outbox("deposit.refunded")} == {1200, 3800}


@pytest.mark.parametrize("amount", [0, -1, 1.5, "1200", True])
def test_an_invalid_amount_is_refused(people: People, amount: float | str | bool | int) -> None:
    answer = try_act(people.artist, "refund", create_paid_booking(people), amount=amount)
    assert error_fields(answer).keys() == {"body.amount"}


def test_every_deposit_action_publishes_its_event(people: People) -> None:
    appointment_id = create_booking(people)
    for by, action, type_ in [
        (people.client, "proof", "deposit.proof_submitted"),
        (people.artist, "reject", "deposit.rejected"),
        (people.artist, "confirm", "deposit.confirmed"),
        (people.artist, "refund", "deposit.refunded"),
    ]:
        before = table.outbox()
        appointment = act(by, action, appointment_id)
        (event,) = [event for event in table.list_events_since(before) if event.type == type_]
        assert event.subject == appointment_id
        assert event.data == {
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
            **(
                {"dueAt": "2026-03-04T08:00:00Z", "timeZone": "Europe/Berlin"}
                if action == "reject"
                else {}
            ),
        }


# ---- permissions and states --------------------------------------------------------------------


@pytest.mark.parametrize("action", BODIES)
def test_the_other_side_is_forbidden_and_strangers_find_nothing(
    people: People, action: Any
) -> None:
    appointment_id = create_paid_booking(people)
    before = table.everything()
    wrong = people.artist if action == "proof" else people.client
    assert refused(try_act(wrong, action, appointment_id)) == (403, "forbidden")
    for stranger in (people.other_client, people.other_artist):
        assert refused(try_act(stranger, action, appointment_id)) == (404, "not_found")
    assert refused(try_act(people.artist, action, "apt_01JD0000000000000000000000")) == (
        404,
        "not_found",
    )
    assert table.everything() == before


def test_an_artist_who_is_the_client_acts_as_a_client(people: People) -> None:
    service_id = people.open_studio(**FIFTY)
    appointment = people.book(service_id, NEXT_WEEK, people.other_artist)
    assert act(people.other_artist, "proof", appointment["id"])["deposit"]["held"] == 0
    wrong_side = try_act(people.other_artist, "confirm", appointment["id"])
    assert refused(wrong_side) == (403, "forbidden")


@pytest.mark.parametrize("action", BODIES)
def test_an_appointment_without_a_deposit_has_no_deposit_actions(
    people: People, action: Any
) -> None:
    appointment = people.book(people.open_studio(), NEXT_WEEK)
    by = people.client if action == "proof" else people.artist
    assert refused(try_act(by, action, appointment["id"])) == (409, "no_deposit")


@pytest.mark.parametrize("action", ["proof", "confirm", "reject"])
def test_a_held_deposit_is_not_proved_confirmed_or_rejected(people: People, action: str) -> None:
    by = people.client if action == "proof" else people.artist
    assert refused(try_act(by, action, create_paid_booking(people))) == (409, "wrong_deposit_state")


@pytest.mark.parametrize("action", ["refund", "reject"])
def test_an_unpaid_deposit_is_not_refunded_or_rejected(people: People, action: str) -> None:
    code = "not_held" if action == "refund" else "wrong_deposit_state"
    assert refused(try_act(people.artist, action, create_booking(people))) == (409, code)


def test_the_held_deposit_of_a_cancelled_appointment_can_only_be_refunded(people: People) -> None:
    appointment_id = create_paid_booking(people)
    cancelled = people.artist.post(f"/v1/appointments/{appointment_id}/cancel", json={})
    assert cancelled.json_body["deposit"]["held"] == 5000
    for action, code in {
        **dict.fromkeys(("proof", "confirm", "reject"), "wrong_deposit_state"),
        **dict.fromkeys(("waive", "transfer"), "wrong_status"),
    }.items():
        by = people.client if action == "proof" else people.artist
        assert refused(try_act(by, action, appointment_id)) == (409, code)
    refunded = act(people.artist, "refund", appointment_id)
    assert (refunded["status"], refunded["deposit"]["held"]) == ("cancelled", 0)


def test_a_payment_after_a_cancellation_is_recorded_and_refunded(people: People) -> None:
    appointment_id = create_booking(people)
    people.client.post(f"/v1/appointments/{appointment_id}/cancel", json={})
    assert act(people.client, "proof", appointment_id)["status"] == "cancelled"
    rejected = act(people.artist, "reject", appointment_id)
    assert (rejected["deposit"]["state"], rejected["deposit"]["dueAt"]) == ("rejected", None)
    before = table.outbox()
    paid = act(people.artist, "confirm", appointment_id)
    assert (paid["status"], paid["balance"]["held"]) == ("cancelled", 5000)
    assert people.client.get(f"/v1/appointments/{appointment_id}").json_body == paid
    assert refused(try_act(people.artist, "waive", appointment_id)) == (409, "wrong_status")
    refunded = act(people.artist, "refund", appointment_id)
    assert (refunded["balance"]["held"], refunded["balance"]["returned"]) == (0, 5000)
    published = [event.type for event in table.list_events_since(before)]
    assert sorted(published) == ["deposit.confirmed", "deposit.refunded"]


@pytest.mark.parametrize("field", ["state", "amount", "held", "by", "entries"])
def test_ledger_fields_cannot_be_set_by_a_request(people: People, field: str) -> None:
    appointment_id = create_booking(people)
    for by, action in ((people.client, "proof"), (people.artist, "confirm")):
        answer = try_act(by, action, appointment_id, **{field: "confirmed"})
        assert error_fields(answer) == {f"body.{field}": "is unknown"}


# ---- transactions ------------------------------------------------------------------------------


@pytest.mark.parametrize("action", ["confirm", "transfer"])
def test_a_failed_action_changes_nothing(people: People, action: str) -> None:
    appointment_id, other, _ = accept_project(people)
    if action == "transfer":
        act(people.artist, "confirm", appointment_id)
    before = table.everything()
    fields = {"appointmentId": other} if action == "transfer" else {}
    with aws_calls.failing("TransactWriteItems", DOWN):
        assert try_act(people.artist, action, appointment_id, **fields).status_code == 503
    assert table.everything() == before
    assert try_act(people.artist, action, appointment_id, **fields).status_code == 200


def test_each_action_is_one_read_and_one_transaction(people: People) -> None:
    appointment_id = create_booking(people)
    with aws_calls.counted() as calls:
        act(people.artist, "confirm", appointment_id)
    assert calls == {
        "dynamodb:UpdateItem": 1,  # the rate limit's count
        "dynamodb:GetItem": 2,  # the appointment, and whether the artist's account was deleted
        "dynamodb:TransactWriteItems": 1,
    }


def test_concurrent_refunds_refund_a_deposit_once(people: People) -> None:
    appointment_id = create_paid_booking(people)
    artist = client_for(app).as_user(ARTIST, Role.ARTIST)
    answers = threads.together(8, lambda: try_act(artist, "refund", appointment_id))
    assert sorted(answer.status_code for answer in answers) == [200, *[409] * 7]
    assert {refused(answer)[1] for answer in answers if answer.status_code == 409} == {"not_held"}
    assert deposit_ledger.get_held_amount(table.appointment(appointment_id).deposit) == 0
    assert len(table.outbox("deposit.refunded")) == 1


# ---- transfers ---------------------------------------------------------------------------------


def test_a_project_deposit_is_transferred_to_another_sitting_and_back(people: People) -> None:
    first, second, _ = accept_project(people)
    act(people.artist, "confirm", first)
    act(people.artist, "refund", first, amount=1000)
    before = table.outbox()
    left = act(people.artist, "transfer", first, appointmentId=second)
    assert (left["deposit"]["state"], left["deposit"]["held"]) == ("transferred", 0)
    assert left["deposit"]["entries"][-1] == {
        "state": "transferred",
        "amount": 4000,
        "at": f"{MONDAY:%FT%TZ}",
        "by": "artist",
        "note": "",
        "appointmentId": second,
        "files": [],
        "id": "",
    }
    received = people.client.get(f"/v1/appointments/{second}").json_body
    assert (received["version"], left["version"]) == (2, 4)
    deposit = received["deposit"]
    assert (deposit["amount"], deposit["held"], deposit["state"]) == (4000, 4000, "confirmed")
    assert deposit["refundableUntilHours"] == 24
    (line,) = deposit["entries"]
    assert (line["state"], line["amount"], line["appointmentId"]) == ("confirmed", 4000, first)

    (event,) = table.list_events_since(before)
    assert (event.type, event.subject) == ("deposit.transferred", first)
    assert event.data["toAppointmentId"] == second
    assert (event.data["amount"], event.data["state"]) == (4000, "transferred")
    assert event.data["recordVersion"] == 4

    back = act(people.artist, "transfer", second, appointmentId=first)
    assert back["deposit"]["held"] == 0
    held = people.client.get(f"/v1/appointments/{first}").json_body["deposit"]
    assert (held["held"], held["amount"], held["state"]) == (4000, 5000, "confirmed")


def test_a_transfer_needs_another_sitting_of_the_same_project(people: People) -> None:
    first, second, _ = accept_project(people)
    act(people.artist, "confirm", first)
    elsewhere = people.book(people.create_service(), "2026-03-20T09:00:00Z")["id"]
    before = table.everything()
    nowhere = "apt_01JD0000000000000000000000"
    for target in (first, elsewhere, nowhere, "", "#"):
        answer = try_act(people.artist, "transfer", first, appointmentId=target)
        assert error_fields(answer) == {
            "body.appointmentId": "is not another sitting of this project"
        }
    assert table.everything() == before
    assert try_act(people.artist, "transfer", first, appointmentId=second).status_code == 200


def test_an_appointment_without_a_project_has_no_sitting_to_transfer_to(people: People) -> None:
    appointment_id = create_paid_booking(people)
    service_id = people.create_service()
    other = people.book(service_id, "2026-03-20T09:00:00Z")["id"]
    answer = try_act(people.artist, "transfer", appointment_id, appointmentId=other)
    assert answer.status_code == 422


def test_a_cancelled_sitting_receives_no_deposit(people: People) -> None:
    first, second, third = accept_project(people)
    act(people.artist, "confirm", first)
    assert people.artist.post(f"/v1/appointments/{second}/cancel", json={}).status_code == 200
    off = try_act(people.artist, "transfer", first, appointmentId=second)
    assert refused(off) == (409, "wrong_status")
    assert try_act(people.artist, "transfer", first, appointmentId=third).status_code == 200


def test_an_unheld_deposit_is_not_transferred(people: People) -> None:
    first, second, _ = accept_project(people)
    answer = try_act(people.artist, "transfer", first, appointmentId=second)
    assert refused(answer) == (409, "not_held")


def test_concurrent_transfers_transfer_a_deposit_once(people: People) -> None:
    first, second, third = accept_project(people)
    act(people.artist, "confirm", first)
    targets = iter([second, third] * 4)
    answers = threads.together(
        8, lambda: try_act(people.artist, "transfer", first, appointmentId=next(targets))
    )
    assert sorted(answer.status_code for answer in answers) == [200, *[409] * 7]
    held = [
        deposit_ledger.get_held_amount(table.appointment(sitting).deposit)
        for sitting in (first, second, third)
    ]
    assert sorted(held) == [0, 0, 5000]


# ---- bank details ------------------------------------------------------------------------------

PATH = "/v1/appointments/bank-details"


def get_bank_details(by: ApiClient, appointment_id: str) -> Any:
    return by.get(f"/v1/appointments/{appointment_id}").json_body["deposit"]["bankDetails"]


def test_bank_details_are_saved_replaced_and_deleted(people: People) -> None:
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


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
@pytest.mark.parametrize("minutes", [10.1, None])
def test_bank_details_change_after_a_recent_sign_in_only(
    people: People, method: str, minutes: float | None
) -> None:
    people.artist.put(PATH, json=BANK)
    at = None if minutes is None else our_clock.now().timestamp() - minutes * 60
    late = people.artist.as_user(ARTIST, Role.ARTIST, authenticated_at=at)
    body: dict[str, Any] = {"json": BANK | {"accountName": "Eve"}} if method == "PUT" else {}
    assert refused(late.request(method, PATH, **body)) == (403, "step_up_required")
    assert people.artist.get(PATH).json_body["accountName"] == BANK["accountName"]


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
def test_invalid_account_data_is_refused(people: People, wrong: Any) -> None:
    answer = people.artist.put(PATH, json={**BANK, **wrong})
    assert error_fields(answer).keys() == {f"body.{name}" for name in wrong}


def test_incomplete_bank_details_are_refused(people: People) -> None:
    answer = people.artist.put(PATH, json={"accountName": "Mara Voss", "bsb": "062-000"})
    assert error_fields(answer).keys() == {"body"}


def test_the_client_sees_bank_details_only_while_the_deposit_is_due(people: People) -> None:
    people.artist.put(PATH, json=BANK)
    service_id = people.open_studio(**FIFTY)
    details = {"bsb": None, "accountNumber": None, "bic": None, **BANK}
    answer = people.book(service_id, NEXT_WEEK)
    appointment_id = answer["id"]
    assert answer["deposit"]["bankDetails"] == details
    assert get_bank_details(people.client, appointment_id) == details
    assert get_bank_details(people.artist, appointment_id) is None

    assert act(people.client, "proof", appointment_id)["deposit"]["bankDetails"] is None
    assert get_bank_details(people.client, appointment_id) is None
    assert act(people.artist, "reject", appointment_id)["deposit"]["bankDetails"] is None
    assert get_bank_details(people.client, appointment_id) == details
    act(people.artist, "confirm", appointment_id)
    assert get_bank_details(people.client, appointment_id) is None
    act(people.artist, "refund", appointment_id)
    assert get_bank_details(people.client, appointment_id) is None


def test_a_cancelled_appointment_shows_no_bank_details(people: People) -> None:
    people.artist.put(PATH, json=BANK)
    appointment_id = create_booking(people)
    cancelled = people.client.post(f"/v1/appointments/{appointment_id}/cancel", json={})
    assert cancelled.json_body["deposit"]["state"] == "requested"
    assert cancelled.json_body["deposit"]["bankDetails"] is None
    assert get_bank_details(people.client, appointment_id) is None


def test_neither_lists_nor_events_contain_bank_details(people: People) -> None:
    people.artist.put(PATH, json=BANK)
    create_booking(people)
    listed = people.client.get("/v1/appointments").body
    assert BANK["iban"] not in listed.decode()
    assert not [event for event in table.outbox() if BANK["iban"] in str(event.data)]
