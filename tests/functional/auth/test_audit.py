"""Audit logs: entries in the transactions of what they record, and their views."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from chalice.test import Client

from auth import store
from auth.app import app
from auth.rules.audit_log import KEPT_FOR, AuditAction
from auth.use_cases import audit
from auth.use_cases.audit import Origin
from shared.data.conflicts import WriteConflict
from shared.data.dynamodb import transaction
from shared.platform import clock
from tests.functional.auth.people import PASSWORD, People, stored_items

MARA, ADMIN = "usr_mara", "usr_admin"
ORIGIN = Origin("198.51.100.0/24", "Mozilla/5.0")


def read(people: People, user_id: str = MARA, query: str = "") -> dict[str, Any]:
    """Return a page of a user's own log."""
    answer = people.client.as_user(user_id).get("/v1/auth/audit" + query)
    assert answer.status_code == 200, answer.body
    page: dict[str, Any] = answer.json_body
    return page


def verify(user_id: str = MARA) -> dict[str, Any]:
    """Verify a log as operators do."""
    result: dict[str, Any] = Client(app).lambda_.invoke("verify_audit", {"userId": user_id}).payload
    return result


def test_an_entry_says_what_happened_who_did_it_and_from_where(people: People) -> None:
    audit.write(
        MARA,
        AuditAction.BANNED,
        clock.now(),
        actor_id=ADMIN,
        origin=ORIGIN,
        reason="Spam",
        details={"sessionId": "ses_1"},
    )
    (entry,) = read(people)["items"]
    assert entry.pop("hash") == stored_items("ENTRY#")[0]["hash"]["S"]
    assert entry == {
        "number": 1,
        "at": "2026-11-22T12:00:00Z",
        "action": "banned",
        "actorId": ADMIN,
        "network": "198.51.100.0/24",
        "device": "Mozilla/5.0",
        "reason": "Spam",
        "details": {"sessionId": "ses_1"},
        "failedSignIns": 0,
    }


def test_failed_sign_ins_are_counted_between_entries(people: People) -> None:
    for failures in (2, 0, 3):
        for _ in range(failures):
            audit.count_failed_sign_in(MARA, clock.now())
        audit.write(MARA, AuditAction.SIGNED_IN, clock.now())
    audit.count_failed_sign_in(MARA, clock.now())
    first = read(people, query="?limit=2")
    second = read(people, query=f"?limit=2&cursor={first['nextCursor']}")
    counts = [entry["failedSignIns"] for entry in first["items"] + second["items"]]
    assert (counts, first["failedSignIns"], second["failedSignIns"]) == ([3, 0, 2], 1, 0)
    assert second["nextCursor"] is None


def test_wrong_passwords_are_failed_sign_ins(people: People) -> None:
    people.sign_up()
    for _ in range(2):
        assert people.login(password="wrong horse").status_code == 401
    tokens = people.login().json_body
    entries = people.signed_in(tokens).get("/v1/auth/audit").json_body["items"]
    assert [entry["failedSignIns"] for entry in entries] == [2, 0]


def test_two_at_once_do_not_fork_the_chain(people: People) -> None:
    audit.write(MARA, AuditAction.SIGNED_IN, clock.now())
    entries = [audit.record(MARA, AuditAction.SIGNED_OUT, clock.now()) for _ in range(2)]
    with transaction(store.AuditItem) as writes:
        store.add_audit_entries(writes, entries[:1])
    with pytest.raises(WriteConflict), transaction(store.AuditItem) as writes:
        store.add_audit_entries(writes, entries[1:])
    with pytest.raises(WriteConflict):
        store.save_audit_entry(entries[1])
    assert verify() == {"first": 1, "count": 2, "brokenAt": None}


def test_entries_written_at_once_all_find_a_place(people: People) -> None:
    with ThreadPoolExecutor(4) as pool:
        for done in [
            pool.submit(audit.write, MARA, AuditAction.SIGNED_IN, clock.now()) for _ in range(4)
        ]:
            done.result()
    assert verify() == {"first": 1, "count": 4, "brokenAt": None}


def test_two_entries_of_one_transaction_are_chained(people: People) -> None:
    first = audit.record(MARA, AuditAction.PASSWORD_CHANGED, clock.now())
    second = audit.record(MARA, AuditAction.SESSIONS_ENDED, clock.now(), after=first)
    with transaction(store.AuditItem) as writes:
        store.add_audit_entries(writes, [first, second])
    assert verify()["count"] == 2


def test_what_was_changed_in_the_table_is_found(people: People) -> None:
    for _ in range(3):
        audit.write(MARA, AuditAction.SIGNED_IN, clock.now())
    item = store.AuditItem.get("AUDIT#" + MARA, "ENTRY#000000000002")
    item.statement = item.statement.replace("signed_in", "signed_out")
    item.save()
    assert verify() == {"first": 1, "count": 1, "brokenAt": 2}


def test_only_admins_read_the_log_of_another(people: People) -> None:
    audit.write(MARA, AuditAction.SIGNED_IN, clock.now())
    path = f"/v1/auth/accounts/{MARA}/audit"
    assert people.client.as_user(MARA, "artist").get(path).status_code == 403
    admin = people.client.as_user(ADMIN, "admin")
    assert len(admin.get(path).json_body["items"]) == 1
    assert admin.get("/v1/auth/accounts/usr_nobody/audit").status_code == 404


def test_a_cursor_is_valid_for_its_reader_only(people: People) -> None:
    for _ in range(2):
        audit.write(MARA, AuditAction.SIGNED_IN, clock.now())
    cursor = read(people, query="?limit=1")["nextCursor"]
    answer = people.client.as_user("usr_noa").get(f"/v1/auth/audit?cursor={cursor}")
    assert answer.status_code == 422


def test_entries_expire_after_two_years(people: People) -> None:
    audit.write(MARA, AuditAction.SIGNED_IN, clock.now())
    (item,) = stored_items("ENTRY#")
    assert int(item["expires_at"]["N"]) == (clock.now() + KEPT_FOR).timestamp()


def test_the_log_of_a_deleted_account_never_expires_later_than_before(people: People) -> None:
    audit.write(MARA, AuditAction.SIGNED_IN, clock.now())
    usual = clock.now() + KEPT_FOR
    for at, expected in ((usual + timedelta(days=1), usual), (usual - timedelta(days=1),) * 2):
        store.expire_audit_log(MARA, at)
        (item,) = stored_items("ENTRY#")
        assert int(item["expires_at"]["N"]) == int(expected.timestamp())


def test_the_deletion_of_an_account_is_recorded(people: People) -> None:
    tokens = people.sign_up()
    user_id = tokens["user"]["id"]
    mara = people.signed_in(tokens)
    assert mara.delete("/v1/auth/me", json={"password": PASSWORD}).status_code == 204
    admin = people.client.as_user(ADMIN, "admin")
    page = admin.get(f"/v1/auth/accounts/{user_id}/audit").json_body
    assert page["items"][0]["action"] == "account_deleted"
