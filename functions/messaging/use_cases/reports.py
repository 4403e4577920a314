"""Reports: what members tell the admins, and what these do about it."""

from datetime import datetime

from domain.errors import FieldError, InvalidFields, NotFound
from domain.ids import new_id
from messaging.models import Report
from messaging.rules import text
from messaging.schemas import Reported, ReportRequest, Reports, ReportsQuery, ReportView
from messaging.store import reports
from messaging.use_cases import membership, presenter, queries
from shared.http import cursors, rate_limits
from shared.http.caller import Caller

REPORTS = 20  # per user and quarter of an hour


def report(caller: Caller, conversation_id: str, request: ReportRequest, now: datetime) -> Reported:
    """Report the other, for a message or the conversation. The same again adds nothing.

    Raises a 404 Problem for who is no member, a 422 one for a message of elsewhere, a 429 one for
    a report too many.
    """
    rate_limits.enforce(rate_limits.count("reports", caller.user_id, REPORTS, now))
    member = membership.of(caller.user_id, conversation_id)
    message = None
    if request.message_id is not None:
        message = queries.message_of(member, request.message_id, "body.messageId")
        if message.sender_id == caller.user_id:
            raise InvalidFields(FieldError("body.messageId", "is your own"))
    kept = reports.add(
        Report(
            id=new_id("rpt"),
            conversation_id=conversation_id,
            message_id=message.id if message else "",
            reporter_id=caller.user_id,
            reported_id=member.other_id,
            reason=request.reason,
            details=text.cleaned(request.details),
            content=message.content if message else None,
            created_at=now,
        )
    )
    return Reported(kept.id)


def list_all(query: ReportsQuery) -> Reports:
    """The open or the closed reports, the oldest first.

    Raises a 422 Problem for a cursor that is not of this list.
    """
    scope = f"reports {query.state}"
    after = str(cursors.decode(query.cursor, scope)) if query.cursor else ""
    closed = query.state == "closed"
    listed = reports.page(closed=closed, after=after, limit=query.limit + 1)
    page = listed[: query.limit]
    more = len(listed) > len(page)
    return Reports(
        items=[presenter.of_report(each) for each in page],
        next_cursor=cursors.encode(page[-1].id, scope) if more else None,
    )


def close(admin: Caller, report_id: str, now: datetime) -> ReportView:
    """Note that the report was looked into; again changes nothing. Raises a 404 Problem."""
    closed = reports.close(report_id, admin.user_id, now)
    if closed is None:
        raise NotFound("There is no such report.")
    return presenter.of_report(closed)
