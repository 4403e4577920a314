"""Reports: users report, admins review. What admins decide is in `report_decisions`.

Reports of other features' content arrive by event. There is one list for all of them.
"""

from collections.abc import Sequence
from datetime import datetime

from domain.errors import FieldError, InvalidFields, NotFound
from domain.ids import new_id
from domain.moderation import SubjectKind
from messaging.events import ReportSubmitted
from messaging.models import Report
from messaging.rules import text
from messaging.schemas import (
    ReportConversationRequest,
    ReportList,
    ReportListQuery,
    ReportReceipt,
    ReportView,
)
from messaging.store import person_copies, reports
from messaging.use_cases import membership, presenter
from shared.events.domain_events import DomainEvent, decode_data
from shared.http import cursors, rate_limits
from shared.http.caller import Caller

REPORT_LIMIT = 20  # per user and 15 minutes


def create(
    caller: Caller, conversation_id: str, request: ReportConversationRequest, now: datetime
) -> ReportReceipt:
    """Report the other member for a message or for the conversation.

    Again, it adds nothing while the first report is open.

    Raises:
        NotFound: The caller is not a member of the conversation.
        InvalidFields: The message is not one of the other member in this conversation.
    """
    rate_limits.enforce(rate_limits.count("reports", caller.user_id, REPORT_LIMIT, now))
    member = membership.require_member(caller.user_id, conversation_id)
    message = None
    if request.message_id is not None:
        message = membership.require_named_message(member, request.message_id, "body.messageId")
        if message.sender_id == caller.user_id:
            raise InvalidFields(FieldError("body.messageId", "is your own"))
    subject_id = message.id if message else member.conversation.id
    report = reports.add(
        Report(
            id=new_id("rpt"),
            conversation_id=member.conversation.id,
            message_id=message.id if message else "",
            reporter_id=caller.user_id,
            reported_id=member.other_id,
            reason=request.reason,
            details=text.clean(request.details),
            content=message.content if message else None,
            created_at=now,
            kind=SubjectKind.MESSAGE if message else SubjectKind.CONVERSATION,
            subject_id=subject_id,
            attachments=message.attachments if message else (),
            open_key=_build_open_key(caller.user_id, subject_id),
            versions=message.versions if message else (),
        )
    )
    return ReportReceipt(report.id)


def receive(event: DomainEvent, _now: datetime) -> None:
    """Store a report of content of another feature, without words of erased people."""
    submitted = decode_data(event, ReportSubmitted)
    people = person_copies.find_all([submitted.reporter_id, submitted.reported_id])
    erased = {person.id for person in people.values() if person.erased_at is not None}
    has_reporter = submitted.reporter_id not in erased
    has_author = submitted.reported_id not in erased
    reports.add(
        Report(
            id=submitted.report_id,
            conversation_id="",
            message_id="",
            reporter_id=submitted.reporter_id if has_reporter else None,
            reported_id=submitted.reported_id,
            reason=submitted.reason,
            details=text.clean(submitted.details) if has_reporter else None,
            content=submitted.content if has_author else None,
            created_at=submitted.created_at,
            kind=submitted.kind,
            subject_id=submitted.subject_id,
            attachments=submitted.attachments if has_author else (),
            open_key=_build_open_key(submitted.reporter_id, submitted.subject_id)
            if has_reporter
            else None,
        )
    )


def list_all(query: ReportListQuery) -> ReportList:
    """Return a page of open or closed reports, the oldest first.

    Raises:
        InvalidFields: The cursor is not one of this list.
    """
    scope = f"reports {query.state}"
    after = str(cursors.decode(query.cursor, scope)) if query.cursor else ""
    closed = query.state == "closed"
    reports_ = reports.list_page(closed=closed, after=after, limit=query.limit + 1)
    page = reports_[: query.limit]
    has_more = len(reports_) > len(page)
    return ReportList(
        items=present_all(page),
        next_cursor=cursors.encode(page[-1].id, scope) if has_more else None,
    )


def get(report_id: str) -> ReportView:
    """Return a report.

    Raises:
        NotFound: There is no such report.
    """
    return present(require(report_id))


def require(report_id: str) -> Report:
    """Return a stored report.

    Raises:
        NotFound: There is no such report.
    """
    report = reports.find(report_id)
    if report is None:
        raise NotFound("There is no such report.")
    return report


def present(report: Report) -> ReportView:
    """Present a report to an admin."""
    return present_all([report])[0]


def present_all(page: Sequence[Report]) -> list[ReportView]:
    """Present reports to an admin, with the warnings of the reported users. One read."""
    warnings = reports.count_warnings([report.reported_id for report in page]) if page else {}
    return [
        presenter.present_report(report, warnings.get(report.reported_id, 0)) for report in page
    ]


def _build_open_key(reporter_id: str, subject_id: str) -> str:
    return f"{reporter_id} {subject_id}"
