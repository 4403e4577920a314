"""Vouchers: issued from templates, valid for a while, and redeemed once."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import pytest
from time_machine import TimeMachineFixture

from domain.ids import new_id
from profiles.use_cases import vouchers
from shared.platform.config import resource_name
from tests.functional.profiles.activity import (
    HOME,
    build_query,
    complete_visit,
    create_template,
    dump_table,
    issue_voucher,
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
)
from tests.support import aws_calls, fake_aws
from tests.support.captured_logs import Logs
from tests.support.gateway import ApiClient
from tests.support.responses import error_fields, refused
from tests.support.threads import together

TEMPLATES, VOUCHERS = f"{HOME}/voucher-templates", f"{HOME}/vouchers"
FIFTY = {"type": "fixed", "amount": 5000, "currency": "EUR"}
TENTH = {"type": "percent", "percent": 10}


def redeem(artist: ApiClient, code: str, **fields: Any) -> Any:
    return artist.post(f"{VOUCHERS}/redeem", json={"code": code, **fields})


def void(artist: ApiClient, voucher: dict[str, Any]) -> Any:
    return artist.post(f"{VOUCHERS}/{voucher['id']}/void")


def decide(outcome: str = "redeemed", number: int = 1, **fields: Any) -> None:
    """Consume the decision of appointments about the newest request, or as `fields` say."""
    saved = outbox()[-1].data
    closing = saved["closing"] or {"appointmentId": None}
    decision = {
        "voucherId": saved["voucherId"],
        "artistId": saved["artistId"],
        "appointmentId": closing["appointmentId"],
        "changedAt": datetime.now(UTC).isoformat(),
        "expiresAt": saved["expiresAt"],
        "voucherVersion": saved["recordVersion"],
        "recordVersion": number,
    }
    consume(f"voucher.{outcome}", **decision | fields)


def get(artist: ApiClient, voucher: dict[str, Any]) -> dict[str, Any]:
    """Return a voucher as its artist sees it."""
    seen: dict[str, Any] = ok(artist.get(f"{VOUCHERS}/{voucher['id']}"))
    return seen


# ---- templates ---------------------------------------------------------------------------------


def test_a_template_is_created_and_changed(people: People) -> None:
    body = {"name": "Gift", "value": FIFTY, "validityDays": 30, "active": True}
    template = ok(people.artist.post(TEMPLATES, json=body))
    assert template == {"id": template["id"], **body, "createdAt": "2026-11-22T12:00:00Z"}
    path = f"{TEMPLATES}/{template['id']}"
    changed = ok(people.artist.patch(path, json={"value": TENTH, "active": False}))
    assert changed == template | {"value": TENTH, "active": False}
    assert list_all(people.artist, TEMPLATES) == [changed]
    assert ok(people.artist.patch(path, json={})) == changed


def test_templates_belong_to_their_artist(people: People) -> None:
    template_id = create_template(people.artist)
    before = dump_table()
    path = f"{TEMPLATES}/{template_id}"
    assert list_all(people.other_artist, TEMPLATES) == []
    for name in (path, f"{TEMPLATES}/nonsense"):
        answer = people.other_artist.patch(name, json={"active": False})
        assert refused(answer) == (404, "not_found")
    for person in (people.client, people.admin):
        assert person.get(TEMPLATES).status_code == 403
    assert dump_table() == before


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", " "),
        ("value", {"type": "fixed", "amount": 0, "currency": "EUR"}),
        ("value", {"type": "fixed", "amount": 1, "currency": "eur"}),
        ("value", {"type": "fixed", "amount": 1, "currency": "EUR", "percent": 3}),
        ("value", {"type": "fixed", "amount": 1.5, "currency": "EUR"}),
        ("value", {"type": "percent", "percent": 101}),
        ("value", {"type": "percent", "percent": 0}),
        ("value", {"type": "free"}),
        ("value", {"amount": 1, "currency": "EUR"}),
        ("validityDays", 0),
        ("validityDays", 3651),
        ("active", "yes"),
    ],
)
def test_invalid_fields_are_named(people: People, field: str, value: Any) -> None:
    body = {"name": "Gift", "value": FIFTY, field: value}
    path = f"{TEMPLATES}/{create_template(people.artist)}"
    for answer in (
        people.artist.post(TEMPLATES, json=body),
        people.artist.patch(path, json={field: value}),
    ):
        (error,) = error_fields(answer)
        assert error.startswith(f"body.{field}")


def test_the_number_of_templates_is_limited(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vouchers, "MAX_TEMPLATES", 1)
    create_template(people.artist)
    answer = people.artist.post(TEMPLATES, json={"name": "Gift", "value": FIFTY})
    assert refused(answer) == (409, "too_many_templates")
    create_template(people.other_artist)


# ---- issuing -----------------------------------------------------------------------------------


def test_a_voucher_is_visible_to_its_artist_and_client(people: People) -> None:
    complete_visit()
    template_id = create_template(people.artist)
    body = {"templateId": template_id, "clientId": CLIENT}
    voucher = ok(people.artist.post(VOUCHERS, json=body))
    assert voucher == {
        "id": voucher["id"],
        "artistId": ARTIST,
        "templateId": template_id,
        "name": "Gift",
        "value": FIFTY,
        "code": voucher["code"],
        "clientId": CLIENT,
        "status": "issued",
        "issuedAt": "2026-11-22T12:00:00Z",
        "expiresAt": "2026-12-22T12:00:00Z",
        "redeemedAt": None,
        "appointmentId": None,
    }
    for person in (people.artist, people.client):
        assert list_all(person, VOUCHERS) == [voucher]
    for person in (people.other_artist, people.other_client, people.admin):
        assert list_all(person, VOUCHERS) == []
    assert get(people.artist, voucher) == voucher
    assert refused(people.other_artist.get(f"{VOUCHERS}/{voucher['id']}")) == (404, "not_found")


def test_an_issued_voucher_is_published_without_its_code(people: People) -> None:
    complete_visit()
    voucher = issue_voucher(people.artist, clientId=CLIENT)
    (event,) = outbox()
    code = voucher["code"].replace("-", "")
    assert (event.type, event.subject) == ("voucher.saved", voucher["id"])
    assert event.data == {
        "voucherId": voucher["id"],
        "artistId": ARTIST,
        "clientId": CLIENT,
        "name": "Gift",
        "value": FIFTY,
        "codeHash": sha256(code.encode()).hexdigest(),
        "expiresAt": "2026-12-22T12:00:00Z",
        "status": "issued",
        "closing": None,
        "recordVersion": 1,
    }


def test_a_voucher_without_client_belongs_to_whoever_has_the_code(people: People) -> None:
    voucher = issue_voucher(people.artist)
    assert voucher["clientId"] is None
    assert list_all(people.client, VOUCHERS) == []
    assert ok(redeem(people.artist, voucher["code"]))["status"] == "redeeming"


def test_vouchers_are_issued_to_clients_only(people: People) -> None:
    complete_visit(artistId=OTHER_ARTIST)
    template_id = create_template(people.artist)
    for stranger in (CLIENT, OTHER_CLIENT, "usr_01JD0000000000000000000ZZZ"):
        body = {"templateId": template_id, "clientId": stranger}
        answer = people.artist.post(VOUCHERS, json=body)
        assert error_fields(answer) == {"body.clientId": "is not one of your clients"}
    assert list_stored("VOUCHERS#")[0]["sk"].startswith("TEMPLATE")


@pytest.mark.parametrize("by", [ARTIST, CLIENT])
def test_no_voucher_is_issued_across_a_block(people: People, by: str) -> None:
    template_id = create_template(people.artist)
    complete_visit()
    pair: dict[str, Any] = {"artistId": ARTIST, "clientId": CLIENT, "userId": by}
    consume("conversation.block_changed", **pair, blocked=True, recordVersion=3)
    consume("conversation.block_changed", **pair, blocked=False, recordVersion=2)  # late
    complete_visit()  # the totals are counted as before
    body = {"templateId": template_id, "clientId": CLIENT}
    assert refused(people.artist.post(VOUCHERS, json=body)) == (403, "blocked")
    assert list_all(people.client, VOUCHERS) == []
    consume("conversation.block_changed", **pair, blocked=False, recordVersion=4)
    assert issue_voucher(people.artist, **body)["clientId"] == CLIENT


def test_vouchers_are_issued_from_own_active_templates_only(people: People) -> None:
    theirs, inactive = (
        create_template(people.other_artist),
        create_template(people.artist, active=False),
    )
    answer = people.artist.post(VOUCHERS, json={"templateId": theirs})
    assert error_fields(answer) == {"body.templateId": "is not one of your templates"}
    answer = people.artist.post(VOUCHERS, json={"templateId": inactive})
    assert refused(answer) == (409, "template_inactive")


def test_an_issued_voucher_keeps_its_value(people: People) -> None:
    template_id = create_template(people.artist)
    voucher = issue_voucher(people.artist, templateId=template_id)
    changes = {"name": "Less", "value": TENTH, "validityDays": 1, "active": False}
    ok(people.artist.patch(f"{TEMPLATES}/{template_id}", json=changes))
    assert list_all(people.artist, VOUCHERS) == [voucher]
    redeemed = ok(redeem(people.artist, voucher["code"]))
    assert (redeemed["name"], redeemed["value"]) == ("Gift", FIFTY)


def test_vouchers_are_listed_newest_first_page_by_page(
    people: People, clock: TimeMachineFixture
) -> None:
    complete_visit()
    template_id, ids = create_template(people.artist), []
    for _ in range(5):
        ids.append(issue_voucher(people.artist, templateId=template_id, clientId=CLIENT)["id"])
        clock.shift(timedelta(seconds=1))
    for person in (people.artist, people.client):
        listed = list_all(person, VOUCHERS, limit=2)
        assert [voucher["id"] for voucher in listed] == ids[::-1]
    cursor = ok(people.client.get(f"{VOUCHERS}?limit=1"))["nextCursor"]
    for other in (people.other_client, people.artist):
        answer = other.get(f"{VOUCHERS}?" + build_query(cursor=cursor))
        assert error_fields(answer) == {"query.cursor": "is not a cursor of this list"}


def test_a_retry_with_the_same_key_issues_one_voucher(people: People) -> None:
    body, key = {"templateId": create_template(people.artist)}, {"idempotency-key": "key-1"}
    first, again = (people.artist.post(VOUCHERS, json=body, headers=key) for _ in range(2))
    assert first.body == again.body
    stored = fake_aws.client("dynamodb").scan(TableName=resource_name("idempotency"))["Items"]
    assert first.json_body["code"] not in str(stored)
    assert len(list_all(people.artist, VOUCHERS)) == 1


# ---- redeeming ---------------------------------------------------------------------------------


def test_a_voucher_is_redeemed_once(people: People, clock: TimeMachineFixture) -> None:
    voucher, visit = issue_voucher(people.artist), complete_visit()
    clock.shift(timedelta(days=1))
    requested = ok(redeem(people.artist, voucher["code"], appointmentId=visit))
    assert requested == voucher | {"status": "redeeming"}
    assert outbox()[-1].data["closing"] == {
        "action": "redeem",
        "appointmentId": visit,
        "voucherVersion": 2,
    }
    before = dump_table()
    assert refused(redeem(people.artist, voucher["code"])) == (409, "voucher_closing")
    assert refused(void(people.artist, voucher)) == (409, "voucher_closing")
    assert dump_table() == before
    decide()
    assert get(people.artist, voucher) == voucher | {
        "status": "redeemed",
        "redeemedAt": "2026-11-23T12:00:00Z",
        "appointmentId": visit,
    }
    before = dump_table()
    assert refused(redeem(people.artist, voucher["code"])) == (409, "voucher_redeemed")
    assert refused(void(people.artist, voucher)) == (409, "voucher_redeemed")
    assert dump_table() == before


def test_one_of_fifty_concurrent_redemptions_succeeds(people: People) -> None:
    code = issue_voucher(people.artist)["code"]
    answers = together(50, lambda: redeem(people.artist, code))
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 49
    refusals = {answer.json_body["code"] for answer in answers if answer.status_code == 409}
    assert refusals == {"voucher_closing"}
    assert len([event for event in outbox() if event.data["closing"]]) == 1


def test_the_newest_decision_counts(people: People) -> None:
    """Events arrive twice and in any order."""
    voucher = issue_voucher(people.artist)
    for number, outcome in ((2, "redeemed"), (3, "restored"), (2, "redeemed"), (3, "restored")):
        decide(outcome, number, appointmentId="apt_1" if number == 2 else None)
    assert get(people.artist, voucher) == voucher
    decide("voided", 4)
    decide("restored", 3)
    assert get(people.artist, voucher) == voucher | {"status": "void"}
    before = dump_table()
    decide("redeemed", 9, voucherId="vch_unknown")
    assert dump_table() == before


def test_a_decision_that_knew_nothing_of_a_request_leaves_it_open(people: People) -> None:
    voucher = issue_voucher(people.artist)
    ok(redeem(people.artist, voucher["code"]))
    decide("restored", 3, voucherVersion=1)
    assert get(people.artist, voucher)["status"] == "redeeming"
    decide("redeemed", 4)
    assert get(people.artist, voucher)["status"] == "redeemed"


def test_a_restored_voucher_has_the_expiry_of_the_decision(people: People) -> None:
    voucher = issue_voucher(people.artist)
    decide("redeemed", 2)
    decide("restored", 3, expiresAt="2027-06-01T00:00:00Z")
    assert get(people.artist, voucher)["expiresAt"] == "2027-06-01T00:00:00Z"
    assert ok(redeem(people.artist, voucher["code"]))["status"] == "redeeming"


def test_a_voucher_is_either_redeemed_or_voided(people: People) -> None:
    voucher = issue_voucher(people.artist)
    acts: Iterator[Callable[[], Any]] = iter(
        [lambda: redeem(people.artist, voucher["code"]), lambda: void(people.artist, voucher)] * 5
    )

    def act() -> Any:
        return next(acts)()

    answers = together(10, act)
    (won,) = [answer.json_body for answer in answers if answer.status_code == 200]
    assert list_all(people.artist, VOUCHERS) == [won]


def test_a_retry_with_the_same_key_gets_the_same_response(people: People) -> None:
    code, key = issue_voucher(people.artist)["code"], {"idempotency-key": "key-1"}
    first, again = (
        people.artist.post(f"{VOUCHERS}/redeem", json={"code": code}, headers=key) for _ in range(2)
    )
    assert first.status_code == again.status_code == 200
    assert first.body == again.body


@pytest.mark.parametrize("after", [False, True])
def test_a_crash_leaves_a_voucher_redeemed_or_not(people: People, after: bool) -> None:
    code = issue_voucher(people.artist)["code"]
    with aws_calls.failing("TransactWriteItems", RuntimeError("down"), after=after, times=1):
        assert redeem(people.artist, code).status_code == 500
    again = redeem(people.artist, code)
    assert again.status_code == (409 if after else 200)


def test_codes_are_accepted_in_any_spelling(people: People) -> None:
    code = issue_voucher(people.artist)["code"]
    typed = code.lower().replace("-", " ").replace("0", "o").replace("1", "l")
    assert ok(redeem(people.artist, f" {typed} "))["code"] == code


@pytest.mark.parametrize("code", ["nonsense", "-", "U" * 16, "0" * 16, "💩" * 16, "%00"])
def test_unknown_codes_are_not_found(people: People, code: str) -> None:
    issue_voucher(people.artist)
    assert refused(redeem(people.artist, code)) == (404, "not_found")


def test_only_the_issuing_artist_can_redeem_a_voucher(people: People) -> None:
    complete_visit()
    voucher = issue_voucher(people.artist, clientId=CLIENT)
    before = dump_table()
    assert refused(redeem(people.other_artist, voucher["code"])) == (404, "not_found")
    assert refused(void(people.other_artist, voucher)) == (404, "not_found")
    for person in (people.client, people.other_client, people.admin):
        assert redeem(person, voucher["code"]).status_code == 403
        assert void(person, voucher).status_code == 403
    assert dump_table() == before


def test_a_voucher_is_valid_until_its_expiry(people: People, clock: TimeMachineFixture) -> None:
    first, second = issue_voucher(people.artist), issue_voucher(people.artist)
    clock.shift(timedelta(days=30) - timedelta(milliseconds=1))
    ok(redeem(people.artist, first["code"]))
    clock.shift(timedelta(milliseconds=1))
    decide()
    assert refused(redeem(people.artist, second["code"])) == (409, "voucher_expired")
    assert refused(void(people.artist, second)) == (409, "voucher_expired")
    statuses = {voucher["id"]: voucher["status"] for voucher in list_all(people.artist, VOUCHERS)}
    assert statuses == {first["id"]: "redeemed", second["id"]: "expired"}


def test_a_void_voucher_cannot_be_redeemed(people: People) -> None:
    voucher = issue_voucher(people.artist)
    assert ok(void(people.artist, voucher)) == voucher | {"status": "voiding"}
    assert refused(redeem(people.artist, voucher["code"])) == (409, "voucher_closing")
    decide("voided")
    assert get(people.artist, voucher) == voucher | {"status": "void"}
    assert refused(redeem(people.artist, voucher["code"])) == (409, "voucher_void")
    assert refused(void(people.artist, voucher)) == (409, "voucher_void")
    assert void(people.artist, {"id": "vch_none"}).status_code == 404


def test_a_voucher_is_redeemed_for_own_appointments_only(people: People) -> None:
    code = issue_voucher(people.artist)["code"]
    for foreign in (complete_visit(artistId=OTHER_ARTIST), new_id("apt")):
        answer = redeem(people.artist, code, appointmentId=foreign)
        assert error_fields(answer) == {"body.appointmentId": "is not one of your appointments"}
    answer = redeem(people.artist, code, appointmentId=complete_visit())
    assert ok(answer)["status"] == "redeeming"


def test_codes_are_not_logged(people: People, logs: Logs) -> None:
    code = issue_voucher(people.artist)["code"]
    ok(redeem(people.artist, code))
    redeem(people.artist, code)
    for written in (code, code.replace("-", "")):
        assert written not in logs.text


# ---- deleted accounts --------------------------------------------------------------------------


def test_a_voucher_of_a_deleted_client_belongs_to_whoever_has_the_code(people: People) -> None:
    """It was paid for, and another person may have it on paper."""
    people.register()
    complete_visit()
    voucher = issue_voucher(people.artist, clientId=CLIENT)
    consume("user.deleted", userId=CLIENT)
    assert CLIENT not in str(list_stored("VOUCHERS#"))
    assert list_all(people.client, VOUCHERS) == []
    published = outbox()[-1]
    assert (published.type, published.data["clientId"]) == ("voucher.saved", None)
    assert published.data["recordVersion"] == 2
    assert ok(redeem(people.artist, voucher["code"]))["clientId"] is None


def test_vouchers_of_a_deleted_artist_are_erased(people: People) -> None:
    people.register()
    complete_visit()
    issue_voucher(people.artist, clientId=CLIENT)
    remaining = issue_voucher(people.other_artist)
    consume("user.deleted", userId=ARTIST)
    assert list_stored(f"VOUCHERS#{ARTIST}") == []
    assert list_all(people.client, VOUCHERS) == []
    assert list_all(people.other_artist, VOUCHERS) == [remaining]
    answer = people.artist.post(TEMPLATES, json={"name": "Gift", "value": FIFTY})
    assert refused(answer) == (401, "session_ended")


def test_a_deleted_client_leaves_vouchers_until_none_is_left(people: People) -> None:
    complete_visit()
    template_id = create_template(people.artist)
    for _ in range(3):
        issue_voucher(people.artist, templateId=template_id, clientId=CLIENT)
    now = datetime(2026, 11, 24, 12, tzinfo=UTC)
    steps = [vouchers.redact_vouchers(CLIENT, limit, now) for limit in (2, 1, 1)]
    assert steps == [False, False, True]
