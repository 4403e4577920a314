"""The hash chain of an audit log: whatever is changed, removed or inserted is found."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from auth.rules import audit_log
from auth.rules.audit_log import AuditAction, End, Entry, Statement, Verification

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
MARA = "usr_mara"


def build_chain(length: int, user_id: str = MARA) -> list[Entry]:
    """Return a log of this length, one entry an hour."""
    end, entries = End(), []
    for number in range(1, length + 1):
        statement = Statement(
            user_id=user_id,
            number=number,
            previous=end.hash,
            previous_at=end.at,
            at=NOON + number * timedelta(hours=1),
            action=AuditAction.SIGNED_IN,
            actor_id=user_id,
            network=None,
            device=None,
            reason=None,
            details={},
            failed_sign_ins=0,
        )
        entries.append(audit_log.create_entry(statement))
        end = audit_log.end_with(entries[-1], 0)
    return entries


def verify(entries: list[Entry], now: datetime = NOON) -> Verification:
    """Verify the log of Mara."""
    return audit_log.verify(MARA, entries, now)


def test_an_unchanged_log_is_valid() -> None:
    assert verify(build_chain(4)) == Verification(1, 4, None)


def test_an_empty_log_is_valid() -> None:
    assert verify([]) == Verification(0, 0, None)


def test_a_changed_entry_is_found() -> None:
    entries = build_chain(4)
    changed = entries[2].statement.replace("signed_in", "signed_out")
    entries[2] = msgspec.structs.replace(entries[2], statement=changed)
    assert verify(entries) == Verification(1, 2, 3)


def test_an_entry_that_was_made_anew_breaks_the_next() -> None:
    entries = build_chain(4)
    statement = audit_log.decode_statement(entries[1])
    entries[1] = audit_log.create_entry(msgspec.structs.replace(statement, reason="made up"))
    assert verify(entries).broken_at == 3


@pytest.mark.parametrize("removed", [1, 2])
def test_a_removed_entry_is_found(removed: int) -> None:
    entries = build_chain(4)
    del entries[removed]
    assert verify(entries).broken_at == removed + 1


def test_removed_first_entries_are_found_unless_they_have_expired() -> None:
    entries = build_chain(4)[2:]
    expired = NOON + timedelta(hours=2) + audit_log.KEPT_FOR
    assert verify(entries, expired - timedelta(seconds=1)) == Verification(3, 0, 2)
    assert verify(entries, expired) == Verification(3, 2, None)


def test_the_log_of_another_account_is_not_taken_for_it() -> None:
    assert verify(build_chain(2, user_id="usr_noa")).broken_at == 1


def test_what_is_no_statement_is_found() -> None:
    assert verify([Entry(1, "{}", "")]).broken_at == 1
