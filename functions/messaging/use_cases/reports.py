"""Reports: members report, admins review."""

from datetime import datetime

from domain.errors import FieldError, InvalidFields, NotFound
from domain.ids import new_id
from messaging.models import Report
from messaging.rules import text
from messaging.schemas import (
    ReportConversationRequest,
    ReportList,
    ReportListQuery,
    ReportReceipt,
    ReportView,
)
from messaging.store import reports
from messaging.use_cases import membership, presenter, queries
from shared.http import cursors, rate_limits
from shared.http.caller import Caller

REPORT_LIMIT = 20  # per user and 15 minutes


def create(
    caller: Caller, conversation_id: str, request: ReportConversationRequest, now: datetime
) -> ReportReceipt:
    """Report the other member for a message or for the conversation. Again, it adds nothing.

    Raises:
        NotFound: The caller is not a member of the conversation.
        InvalidFields: The message is not one of the other member in this conversation.
    """
    rate_limits.enforce(rate_limits.count("reports", caller.user_id, REPORT_LIMIT, now))
    member = membership.require_member(caller.user_id, conversation_id)
    message = None
    if request.message_id is not None:
        message = queries.require_message(member, request.message_id, "body.messageId")
        if message.sender_id == caller.user_id:
            raise InvalidFields(FieldError("body.messageId", "is your own"))
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
            versions=message.versions if message else (),
        )
    )
    return ReportReceipt(report.id)


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
        items=[presenter.present_report(report) for report in page],
        next_cursor=cursors.encode(page[-1].id, scope) if has_more else None,
    )


def close(admin: Caller, report_id: str, now: datetime) -> ReportView:
    """Close a report. Closing it again changes nothing.

    Raises:
        NotFound: There is no such report.
    """
    report = reports.close(report_id, admin.user_id, now)
    if report is None:
        raise NotFound("There is no such report.")
    return presenter.present_report(report)
