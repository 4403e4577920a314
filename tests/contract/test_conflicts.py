"""Lost races: what writes records that others may change runs again when it lost."""

from importlib import import_module
from inspect import unwrap

import pytest

from shared.data.conflicts import WriteConflict, retry_on_conflict

RETRIED = {
    "appointments.use_cases": [
        "availability.replace", "booking._book", "booking.book_walk_in", "calendar_feeds.renew",
        "calendar_feeds.delete", "charges._record", "deposits.transfer", "deposits.refund",
        "deposits._record", "erasure._end_proposal", "erasure._redact_proposal",
        "erasure._cancel", "erasure._redact_appointment",
        "external_calendars.delete", "external_calendars._forget_version",
        "holds.release", "holds._create", "lifecycle.confirm",
        "lifecycle.decline", "lifecycle.cancel", "lifecycle.reschedule", "lifecycle.complete",
        "lifecycle.report_no_show", "lifecycle.correct", "proposals.send", "proposals.accept",
        "proposals.decline", "proposals.withdraw", "relations.record_block",
        "relations.record_request", "schedules.replace", "schedules.delete",
        "services.replace", "services.delete",
        "services.delete_for_erasure", "waitlist.join", "waitlist.leave",
        "waitlist.end_for_booking", "waitlist.end_entry", "waitlist._offer",
        "vouchers.save_copy",
    ],
    "consultations.use_cases": [
        "erasure._erase_side", "intakes.replace", "lifecycle.view", "lifecycle.archive",
        "lifecycle._close", "lifecycle.apply_if_possible", "proposals.link", "proposals.accept",
        "proposals.record_outcome", "requests._add",
    ],
    "files.use_cases": [
        "removal.remove", "removal.remove_for_erasure", "sharing.update_portfolio_item",
        "sharing._save_shared", "sharing._end_sharing", "uploads._save",
    ],
    "messaging.use_cases": [
        "edits._edit", "edits._delete", "message_sequence.append", "redaction._revise",
    ],
    "notifications.inbox": ["entries._change"],
    "policies.use_cases": [
        "acceptances._append_once", "publication.replace_draft", "publication.publish",
        "publication.withdraw",
    ],
    "profiles.use_cases": [
        "erasure._erase_page_and_person", "people._create", "portfolio._erase_like",
        "portfolio._erase_item", "rebuild._repair_page", "recount._correct_likes",
        "recount._correct_item_count", "recount._correct_rating", "recount._correct_client",
        "reviews._redact", "page_copies.save", "page_copies.remove", "visits._save_visit",
        "visits._ensure_client", "visits._save_block", "vouchers._redact", "vouchers._apply",
    ],
    "quick_actions.store": [
        "copies.save_conversation", "copies._save_newest", "erasure._redact_execution",
    ],
    "quick_actions.use_cases": [
        "actions._add", "actions.update", "actions.delete", "actions.reorder",
        "executions._execute_once", "executions.record_outcome", "link_executions._execute_once",
    ],
}  # fmt: skip


@pytest.mark.parametrize(
    ("package", "name"), [(package, name) for package, names in RETRIED.items() for name in names]
)
def test_what_lost_a_race_runs_again(package: str, name: str) -> None:
    module, _, function = name.partition(".")
    retried = getattr(import_module(f"{package}.{module}"), function)
    assert unwrap(retried) is not retried
    assert retried.__code__ is retry_on_conflict(lambda: None).__code__


def test_it_runs_until_it_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []
    monkeypatch.setattr("time.sleep", pauses.append)
    monkeypatch.setattr("random.uniform", lambda least, most: (least, most)[1])
    lost = iter([WriteConflict()] * 8)

    @retry_on_conflict
    def write(record: str, *, value: int) -> tuple[str, int]:
        for conflict in lost:
            raise conflict
        return record, value

    assert write("a", value=1) == ("a", 1)
    assert pauses == [0.005, 0.01, 0.02, 0.04, 0.08, 0.16, 0.25, 0.25]
