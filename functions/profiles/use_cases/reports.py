"""Reports to the admins, of pages, portfolio items and reviews. Admins read them in messaging."""

from collections.abc import Iterable
from datetime import datetime

from msgspec import Struct
from msgspec.structs import asdict

from domain import text
from domain.errors import FieldError, InvalidFields, NotFound
from domain.ids import new_id
from domain.moderation import ReportReason, SubjectKind
from profiles.events import FEATURE, ReportSubmitted
from profiles.models.artist_pages import ArtistPage
from profiles.rules.ids import get_artist_id
from profiles.rules.visibility import Viewer, hide_fields
from profiles.schemas.moderation import ContentReportReceipt, ReportContentRequest
from profiles.store import artist_pages, portfolio, reviews
from profiles.store import reports as store
from profiles.use_cases.account_retry import retry_while_account_exists
from shared.events.domain_events import new_event
from shared.http import rate_limits
from shared.http.caller import Caller

REPORT_LIMIT = 20  # per user and 15 minutes, those of messages included


class _Reported(Struct, frozen=True):
    """What is reported, as everybody sees it at that moment."""

    kind: SubjectKind
    id: str
    author_id: str
    content: str
    attachments: tuple[str, ...] = ()


def create(caller: Caller, request: ReportContentRequest, now: datetime) -> ContentReportReceipt:
    """Report something to the admins. Again, it adds nothing while the first report is open.

    Raises:
        NotFound: There is no such thing, or nobody sees it.
        InvalidFields: It is the caller's own.
        SessionEnded: The caller's account was deleted.
    """
    rate_limits.enforce(rate_limits.count("reports", caller.user_id, REPORT_LIMIT, now))
    reported = _FIND[request.kind](request.subject_id)
    if reported.author_id == caller.user_id:
        raise InvalidFields(FieldError("body.subjectId", "is your own"))
    details = text.clean(request.details).strip()
    return ContentReportReceipt(_create(caller, reported, request.reason, details, now))


@retry_while_account_exists
def _create(
    caller: Caller, reported: _Reported, reason: ReportReason, details: str, now: datetime
) -> str:
    if earlier := store.find_report_id(caller.user_id, reported.id):
        return earlier
    report_id = new_id("rpt")
    submitted = ReportSubmitted(
        report_id=report_id,
        kind=reported.kind,
        subject_id=reported.id,
        reporter_id=caller.user_id,
        reported_id=reported.author_id,
        reason=reason,
        details=details,
        content=reported.content,
        attachments=list(reported.attachments),
        created_at=now,
    )
    event = new_event(FEATURE, report_id, submitted, now)
    store.create_report(report_id, caller.user_id, reported.id, [event], now)
    return report_id


def _find_page(artist_id: str) -> _Reported:
    page = _get_shown_page(artist_id)
    public = hide_fields(page.details, Viewer.ANYBODY)
    links = [str(link or "") for link in asdict(public.socials).values()]
    lines = (page.name, public.business_name, public.bio, public.city, " ".join(public.tags))
    return _Reported(
        SubjectKind.PAGE,
        artist_id,
        artist_id,
        _join([*lines, *links]),
        (page.avatar,) if page.avatar else (),
    )


def _find_item(item_id: str) -> _Reported:
    artist_id = get_artist_id(item_id)
    item = portfolio.find_item(item_id) if artist_id else None
    if artist_id is None or item is None or item.is_hidden:
        raise NotFound("There is no such portfolio item.")
    _get_shown_page(artist_id)
    content = _join([item.caption, item.style or ""])
    return _Reported(SubjectKind.PORTFOLIO_ITEM, item_id, artist_id, content, item.file_ids)


def _find_review(review_id: str) -> _Reported:
    artist_id = get_artist_id(review_id)
    review = reviews.find_review(review_id) if artist_id else None
    # Nothing but a number is left of the review of a deleted account.
    if artist_id is None or review is None or review.is_hidden or review.author_id is None:
        raise NotFound("There is no such review.")
    _get_shown_page(artist_id)
    content = _join([f"{review.rating} of 5", review.text])
    return _Reported(SubjectKind.REVIEW, review_id, review.author_id, content, review.pictures)


def _get_shown_page(artist_id: str) -> ArtistPage:
    page = artist_pages.find_page(artist_id)
    if page is None or not page.name or page.is_hidden:
        raise NotFound("There is no such artist.")
    return page


def _join(lines: Iterable[str]) -> str:
    return "\n".join(filter(None, lines))


_FIND = {"page": _find_page, "portfolio_item": _find_item, "review": _find_review}
