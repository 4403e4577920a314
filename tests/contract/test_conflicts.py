"""Lost races: what writes records that others may change runs again when it lost."""

import ast
from importlib import import_module
from inspect import unwrap

import pytest

from infra.paths import FUNCTIONS
from shared.data.conflicts import WriteConflict, retry_on_conflict

RETRIED = {
    "appointments.use_cases": [
        "connected_calendars.end_account", "connected_calendars.replace_busy_times",
        "availability.replace", "booking._book", "booking.book_walk_in", "calendar_feeds.renew",
        "calendar_feeds.delete", "charges._record", "consultations._cancel", "deposits.refund",
        "deposits.transfer", "deposits._record", "erasure._end_proposal",
        "erasure._redact_proposal", "erasure._cancel", "erasure._redact_appointment",
        "external_calendars.delete", "external_calendars._forget_version", "holds.release",
        "holds._create", "lifecycle.confirm", "lifecycle.decline", "lifecycle.cancel",
        "lifecycle.reschedule", "lifecycle.complete", "lifecycle.report_no_show",
        "lifecycle.correct", "next_free.refresh", "proposals.send",
        "proposals.accept", "proposals.decline",
        "proposals.withdraw", "proposals.apply_consultation_event", "relations.record_request",
        "relations.record_block", "schedules.replace", "schedules.delete", "services.replace",
        "services.delete", "services.delete_for_erasure", "vouchers.save_copy", "waitlist.join",
        "waitlist.leave", "waitlist.end_for_booking", "waitlist.end_entry", "waitlist._offer",
        "waitlist._publish_opening",
        "connected_calendars.end_account",
        "connected_calendars.replace_busy_times",
    ],
    "auth.use_cases": [
        "accounts.delete", "administration.ban", "administration.unban",
        "administration.change_role", "administration.end_sessions", "administration.suspend",
        "administration.end_suspension", "administration.record_decision", "assistants.invite",
        "assistants.accept", "assistants.change_scopes", "assistants.remove", "audit.write",
        "code_sign_in._complete", "email_changes._complete", "exports.request",
        "exports.record_download", "identities.unlink", "identities._sign_in", "identities._link",
        "passkeys.remove", "passkeys._start", "passkeys._save", "password_changes.change",
        "password_changes._complete_reset", "password_sign_in.log_in", "reports.file",
        "second_factors.confirm_totp", "second_factors.disable_totp",
        "second_factors.replace_recovery_codes", "sessions.end_others", "sessions.log_out",
        "sessions._end", "step_up._renew",
    ],
    "consultations.use_cases": [
        "erasure._erase_side", "intakes.replace", "lifecycle.view", "lifecycle.archive",
        "lifecycle._close", "lifecycle.apply_if_possible", "proposals.link", "proposals.accept",
        "proposals.end", "proposals.record_outcome", "requests._add",
        "pictures.add",
        "pictures.update_source",
    ],
    "files.use_cases": [
        "descriptions.update", "exports.get", "removal.remove", "removal.remove_for_erasure",
        "sharing.replace_avatar", "sharing.update_portfolio_item", "sharing.update_review_pictures",
        "sharing._save_shared", "sharing._end_sharing", "sharing._decide",
        "uploads._save",
        "imports.accept",
    ],
    "messaging.use_cases": [
        "edits._edit", "edits._delete", "guest_joining._move", "guests._report", "labels.save",
        "labels.delete", "scheduled_messages.change", "member_actions.mark_read",
        "away_messages.replace",
        "reactions._add", "reactions._remove", "pins._add", "pins._remove",
        "receipts.mark_delivered",
        "message_sequence.append", "redaction._revise", "unread_counters.rebuild",
        "report_decisions._apply_to_message", "link_previews._attach", "link_previews._remove",
    ],
    "notifications.inbox": [
        "entries._change",
    ],
    "notifications.use_cases": [
        "inbox.snooze",
    ],
    "policies.use_cases": [
        "acceptances._append_once", "publication.replace_draft", "publication.publish",
        "publication.withdraw",
    ],
    "profiles.use_cases": [
        "albums._take_out", "recount._correct_order", "recount._correct_followers",
        "follows._end", "follows._announce", "reviews._erase", "next_free.handle_next_free_changed",
        "erasure._erase_page_and_person", "page_copies.save", "page_copies.remove",
        "people._follow", "people._create", "portfolio._erase_like", "portfolio._erase_item",
        "portfolio_imports._add", "portfolio_imports._update_source",
        "rebuild._repair_page", "recount._correct_likes", "recount._correct_item_count",
        "recount._correct_rating", "recount._correct_client", "reviews._redact",
        "moderation._apply_to_page", "moderation._apply_to_item", "moderation._apply_to_review",
        "visits._save_block", "visits._save_visit", "visits._ensure_client", "vouchers._apply",
        "vouchers._redact",
        "portfolio_imports._add",
        "portfolio_imports._update_source",
    ],
    "quick_actions.store": [
        "copies.save_conversation", "copies._save_newest", "erasure._redact_execution",
    ],
    "quick_actions.use_cases": [
        "actions._add", "actions.update", "actions.delete", "actions.reorder", "imports._write",
        "executions._execute_once", "executions.record_outcome", "link_executions._execute_once",
    ],
    "social.use_cases": [
        "consultation_copies.handle_consultation_changed",
        "media_fetching.handle_file_cleaned", "media_fetching.handle_file_rejected",
        "media_fetching.handle_import_refused", "media_fetching.handle_item_removed",
        "media_fetching._place", "media_imports._order_one",
        "calendar_accounts._forget", "calendar_accounts._resume", "calendar_reading._read",
        "calendars.choose",
        "booking_events._begin", "booking_events._give_back", "booking_events._go_on",
        "booking_events._store", "booking_events.compare_with_appointment",
        "calendar_changes.change_writing", "calendar_changes.keep_ours",
        "account_health._change", "connecting.save", "disconnecting._disconnect", "erasure._end",
        "guests.fetch_picture", "guests.show_picture", "meta_callbacks._end", "receipts._advance",
        "received_files.decide", "received_files._record_handed_over",
        "received_messages._store", "replies.confirm", "replies.fail", "sending._postpone",
        "vault._save_fresh",
    ],
}  # fmt: skip
WHILE_ACCOUNTS_EXIST = {
    "profiles.use_cases": [
        "albums.create", "albums.update", "albums.reorder", "albums.delete",
        "portfolio.reorder", "portfolio.move", "follows.follow", "follows.unfollow",
        "artist_pages._update", "boards.create", "boards.delete", "boards._update",
        "notes.create", "notes.replace", "notes.delete", "people.update_own", "portfolio.create",
        "portfolio.update", "portfolio.delete", "portfolio.like", "portfolio.unlike",
        "reports._create", "reviews._create", "reviews.update", "reviews.delete",
        "reviews._update_reply",
        "vouchers.create_template", "vouchers.update_template", "vouchers._issue",
        "vouchers._redeem", "vouchers.void",
    ],
}  # fmt: skip
DECORATORS = ("retry_on_conflict", "retry_while_account_exists")


@pytest.mark.parametrize(
    ("package", "name"), [(package, name) for package, names in RETRIED.items() for name in names]
)
def test_what_lost_a_race_runs_again(package: str, name: str) -> None:
    module, _, function = name.partition(".")
    retried = getattr(import_module(f"{package}.{module}"), function)
    assert unwrap(retried) is not retried
    assert retried.__code__ is retry_on_conflict(lambda: None).__code__


def test_what_runs_again_is_listed() -> None:
    """And nothing else is listed: a decorator that somebody removes is missed here."""
    found = {
        f"{'.'.join(path.relative_to(FUNCTIONS).with_suffix('').parts)}.{function.name}"
        for path in FUNCTIONS.rglob("*.py")
        for function in ast.walk(ast.parse(path.read_text()))
        if isinstance(function, ast.FunctionDef)
        for decorator in function.decorator_list
        if ast.unparse(decorator).partition("(")[0] in DECORATORS
    }
    assert found - {"profiles.use_cases.account_retry.attempt"} == {
        f"{package}.{name}"
        for listed in (RETRIED, WHILE_ACCOUNTS_EXIST)
        for package, names in listed.items()
        for name in names
    }


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
