"""Decisions of admins about reports: warn, hide, suspend, dismiss, and show again.

A decision closes the report, in one write that only the first of several admins makes. What follows
from it is done after that, may be done twice, and is done by the sweeper where a process died:
a message is hidden, and `report.decided` has notifications, profiles and auth do their part. Auth
bans a suspended account by its own rules, and answers whether it did.

Admins do not decide about themselves.
"""

from datetime import datetime, timedelta

import msgspec
from msgspec.structs import replace

from domain import search_words
from domain.errors import FieldError, InvalidFields
from domain.ids import is_guest, new_id
from domain.moderation import Decision, SubjectKind
from messaging import events
from messaging.events import UserSuspended, UserSuspensionRefused
from messaging.models import (
    Conversation,
    Hiding,
    Message,
    Report,
    ReportDecision,
    Reversal,
    Suspension,
    SuspensionState,
)
from messaging.rules import text
from messaging.rules.errors import (
    NoAccount,
    NotHidden,
    NotHideable,
    OwnContent,
    ProtectedAccount,
    ReportClosed,
)
from messaging.schemas import (
    ReportReasonRequest,
    ReportView,
    SuspendRequest,
    WarnRequest,
)
from messaging.store import conversations, messages, person_copies
from messaging.store import reports as store
from messaging.use_cases import delivery, edits, reports
from shared.data.conflicts import retry_on_conflict
from shared.events import outbox
from shared.events.domain_events import DomainEvent, EventData, decode_data, new_event
from shared.http.caller import Caller, Role
from shared.platform.logs import logger

LONGEST_SUSPENSION = timedelta(days=366)
SWEEP_LIMIT = 25  # of one sweep; the rest is due in the next minute


# ---- deciding ----------------------------------------------------------------------------------


def warn(admin: Caller, report_id: str, request: WarnRequest, now: datetime) -> ReportView:
    """Warn the reported user, who is notified of a text.

    Raises:
        NotFound: There is no such report.
        OwnContent: It is about the admin.
        ReportClosed: It was decided or closed already.
        NoAccount: The reported person is a guest, or their account was deleted.
        NotHideable: It is to be hidden, but is a conversation.
    """
    report = _require_decidable(admin, report_id, hides=request.hide)
    _require_account(report)
    decision = _build(admin, Decision.WARN, request.reason, now, request.text, hides=request.hide)
    return _decide(report, decision, now)


def hide(admin: Caller, report_id: str, request: ReportReasonRequest, now: datetime) -> ReportView:
    """Hide the reported content from all but its author.

    Raises:
        NotFound: There is no such report.
        OwnContent: It is about the admin.
        ReportClosed: It was decided or closed already.
        NotHideable: It is a conversation.
    """
    report = _require_decidable(admin, report_id, hides=True)
    decision = _build(admin, Decision.HIDE, request.reason, now, hides=True)
    return _decide(report, decision, now)


def suspend(admin: Caller, report_id: str, request: SuspendRequest, now: datetime) -> ReportView:
    """Suspend the reported user: auth bans the account, and lifts the ban when it ends.

    Raises:
        StepUpRequired: The admin did not prove within the last ten minutes who they are.
        NotFound: There is no such report.
        OwnContent: It is about the admin.
        ReportClosed: It was decided or closed already.
        NoAccount: The reported person is a guest, or their account was deleted.
        ProtectedAccount: The reported user is an admin.
        NotHideable: It is to be hidden, but is a conversation.
        InvalidFields: The end has passed, or is more than a year ahead.
    """
    admin.require_fresh(now)
    if request.until is not None and not now < request.until <= now + LONGEST_SUSPENSION:
        raise InvalidFields(FieldError("body.until", "must be within the next year"))
    report = _require_decidable(admin, report_id, hides=request.hide)
    if _require_account(report) is Role.ADMIN:
        raise ProtectedAccount("An admin cannot be suspended. Change their role first.")
    decision = _build(
        admin, Decision.SUSPEND, request.reason, now, request.text, hides=request.hide
    )
    decision = replace(decision, suspension=Suspension(until=request.until))
    return _decide(report, decision, now)


def dismiss(
    admin: Caller, report_id: str, request: ReportReasonRequest, now: datetime
) -> ReportView:
    """Dismiss a report: nothing follows from it.

    Raises:
        NotFound: There is no such report.
        OwnContent: It is about the admin.
        ReportClosed: It was decided or closed already.
    """
    report = _require_decidable(admin, report_id)
    return _decide(report, _build(admin, Decision.DISMISS, request.reason, now), now)


def close(admin: Caller, report_id: str, now: datetime) -> ReportView:
    """Dismiss a report without saying why. Closing it again changes nothing.

    Raises:
        NotFound: There is no such report.
        OwnContent: It is about the admin.
    """
    try:
        report = _require_decidable(admin, report_id)
        return _decide(report, _build(admin, Decision.DISMISS, "", now), now)
    except ReportClosed:
        return reports.get(report_id)


def show(admin: Caller, report_id: str, request: ReportReasonRequest, now: datetime) -> ReportView:
    """Show again what was hidden because of a report.

    Raises:
        NotFound: There is no such report.
        OwnContent: It is about the admin.
        NotHidden: The report hides nothing, or not any more.
    """
    report = reports.require(report_id)
    _require_of_others(admin, report)
    reversal = Reversal(admin_id=admin.user_id, at=now, reason=text.clean(request.reason))
    if not store.reverse(report_id, reversal, now + delivery.GRACE):
        raise NotHidden("This report does not hide anything now.")
    return _follow(report_id, now)


def _require_decidable(admin: Caller, report_id: str, *, hides: bool = False) -> Report:
    report = reports.require(report_id)
    _require_of_others(admin, report)
    if hides and report.subject[0] is SubjectKind.CONVERSATION:
        raise NotHideable("A conversation cannot be hidden. Hide its messages one by one.")
    return report


def _require_of_others(admin: Caller, report: Report) -> None:
    if report.reported_id == admin.user_id:
        raise OwnContent("Another admin decides about reports of you.")


def _require_account(report: Report) -> Role | None:
    """Return the role of the reported user, if it is known.

    Raises:
        NoAccount: There is no account.
    """
    if is_guest(report.reported_id):
        raise NoAccount("The reported person has no account.")
    person = person_copies.find(report.reported_id)
    if person is not None and person.erased_at is not None:
        raise NoAccount("The account of the reported user was deleted.")
    return person.role if person else None


def _build(
    admin: Caller,
    decision: Decision,
    reason: str,
    now: datetime,
    notice: str = "",
    *,
    hides: bool = False,
) -> ReportDecision:
    return ReportDecision(
        id=new_id("dec"),
        decision=decision,
        admin_id=admin.user_id,
        at=now,
        reason=text.clean(reason),
        text=text.clean(notice),
        hides=hides,
    )


def _decide(report: Report, decision: ReportDecision, now: datetime) -> ReportView:
    if not store.decide(report.id, decision, now + delivery.GRACE):
        current = reports.require(report.id)
        # The repetition of a request that was cut off makes the decision of the same id.
        if current.decision is None or current.decision.id != decision.id:
            raise ReportClosed("The report was decided already.")
    return _follow(report.id, now)


def _follow(report_id: str, now: datetime) -> ReportView:
    report = reports.require(report_id)
    _apply_to_message(report, now)
    logger.info("report", report_id=report.id, decision=_describe(report))
    delivery.enqueue_report(report.id)
    return reports.present(report)


def _describe(report: Report) -> str:
    if report.reversal is not None:
        return "show"
    return report.decision.decision.value if report.decision else ""


# ---- what follows ------------------------------------------------------------------------------


def publish(report_id: str, now: datetime) -> None:
    """Publish what was decided about a report, unless that was done before."""
    report = store.find(report_id)
    if report is None or report.due_at is None or report.decision is None:
        return
    _apply_to_message(report, now)
    pending = [] if report.published_at else _list_decided(report, report.decision)
    if report.reversal is not None:
        pending += _list_reversed(report, report.reversal)
    if pending:
        outbox.publish(pending)
    store.mark_published(report, now)


def sweep(now: datetime) -> int:
    """Publish decisions that are overdue, and the ends of suspensions. Return their number."""
    due = store.list_due(now, SWEEP_LIMIT)
    for report in due:
        publish(report.id, now)
    ending = store.list_ending(now, SWEEP_LIMIT)
    for report in ending:
        if report.ends_at is not None:
            ended = events.ReportSuspensionEnded(report.id, report.reported_id, report.ends_at)
            outbox.publish([_new_event(f"{report.id}.ended", report, ended, now)])
        store.forget_end(report.id)
    return len(due) + len(ending)


def handle_suspended(event: DomainEvent, _now: datetime) -> None:
    """Store that auth banned the account of a report."""
    suspended = decode_data(event, UserSuspended)
    store.set_suspension_state(suspended.report_id, SuspensionState.DONE)


def handle_suspension_refused(event: DomainEvent, _now: datetime) -> None:
    """Store that auth did not ban the account of a report. Nothing is to end then."""
    refused = decode_data(event, UserSuspensionRefused)
    store.set_suspension_state(refused.report_id, SuspensionState.REFUSED)
    store.forget_end(refused.report_id)


@retry_on_conflict(attempts=messages.ATTEMPTS)
def _apply_to_message(report: Report, now: datetime) -> None:
    """Hide the message of a report, or show it again, as a change that devices receive."""
    found = _find_message(report)
    if found is None:
        return
    conversation, message = found
    changed = _hide(message, report) if report.is_hidden else _show(message, report)
    if changed != message:
        edits.save(conversation, changed, now)


def _hide(message: Message, report: Report) -> Message:
    assert report.decision is not None, "it hides something"
    if message.hidden is not None and message.hidden.at >= report.decision.at:
        return message
    hiding = Hiding(report_id=report.id, at=report.decision.at, reason=report.decision.reason)
    return replace(message, hidden=hiding, folded="")


def _show(message: Message, report: Report) -> Message:
    if message.hidden is None or message.hidden.report_id != report.id:
        return message
    return replace(message, hidden=None, folded=search_words.fold(message.content or ""))


def _find_message(report: Report) -> tuple[Conversation, Message] | None:
    """Return the message of a report, wherever it has moved; None for any other report."""
    kind, subject_id = report.subject
    message = messages.find_of_any(subject_id) if kind is SubjectKind.MESSAGE else None
    conversation = conversations.find(message.conversation_id) if message else None
    return (conversation, message) if conversation and message else None


def _list_decided(report: Report, decision: ReportDecision) -> list[DomainEvent]:
    kind, subject_id = report.subject
    decided = events.ReportDecided(
        report_id=report.id,
        kind=kind,
        subject_id=subject_id,
        reporter_id=report.reporter_id,
        reported_id=report.reported_id,
        decision=decision.decision,
        admin_id=decision.admin_id,
        reason=decision.reason,
        text=decision.text,
        hides=decision.hides,
        until=decision.suspension.until if decision.suspension else None,
        decided_at=decision.at,
    )
    pending = [_new_event(f"{report.id}.decided", report, decided, decision.at)]
    found = _find_message(report) if decision.hides else None
    if found is not None and found[1].attachments:
        hidden = _describe_message(events.MessageHidden, *found, decision.at)
        pending.append(_new_event(f"{report.id}.hidden", report, hidden, decision.at))
    return pending


def _list_reversed(report: Report, reversal: Reversal) -> list[DomainEvent]:
    kind, subject_id = report.subject
    reversed_ = events.ReportReversed(
        report_id=report.id,
        kind=kind,
        subject_id=subject_id,
        reported_id=report.reported_id,
        admin_id=reversal.admin_id,
        reason=reversal.reason,
        decided_at=reversal.at,
    )
    pending = [_new_event(f"{report.id}.reversed", report, reversed_, reversal.at)]
    found = _find_message(report)
    # Another report may hide it too.
    if found is not None and found[1].attachments and found[1].hidden is None:
        shown = _describe_message(events.MessageShown, *found, reversal.at)
        pending.append(_new_event(f"{report.id}.shown", report, shown, reversal.at))
    return pending


def _describe_message(
    event: type[events.MessageHidden] | type[events.MessageShown],
    conversation: Conversation,
    message: Message,
    decided_at: datetime,
) -> EventData:
    return event(
        conversation_id=conversation.id,
        message_id=message.id,
        artist_id=conversation.artist_id,
        client_id=conversation.account_id,
        sender_id=message.sender_id,
        decided_at=decided_at,
    )


def _new_event(key: str, report: Report, data: EventData, time: datetime) -> DomainEvent:
    """Return an event whose id is made from a key, so that a repetition is recognized."""
    event = new_event("messaging", report.id, data, time)
    return msgspec.structs.replace(event, id=f"evt_{key}")
