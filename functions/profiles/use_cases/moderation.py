"""Moderation: pages, portfolio items and reviews that admins hide and show again, by event."""

from collections.abc import Callable
from datetime import datetime

from msgspec.structs import replace

from domain.moderation import SubjectKind
from profiles import events
from profiles.events import ReportDecided, ReportReversed
from profiles.models.moderation import Moderation
from profiles.rules.moderation import follow
from profiles.schemas.moderation import ContentHidingView
from profiles.store import artist_pages, portfolio, reports, reviews
from profiles.use_cases import page_changes
from profiles.use_cases.account_retry import raise_unless_deleted
from shared.data.conflicts import WriteConflict, retry_on_conflict
from shared.events.domain_events import DomainEvent, decode_data


def handle_report_decided(event: DomainEvent, now: datetime) -> None:
    """Hide content where an admin decided so, and let its reporter report it again."""
    decided = decode_data(event, ReportDecided)
    apply = _APPLY.get(decided.kind)
    if apply is None:
        return
    if decided.hides:
        moderation = Moderation(decided.report_id, decided.decided_at, True, decided.reason)
        apply(decided.subject_id, moderation, now)
    if decided.reporter_id is not None:
        reports.delete_report(decided.report_id, decided.reporter_id, decided.subject_id)


def handle_report_reversed(event: DomainEvent, now: datetime) -> None:
    """Show content again that was hidden because of a report."""
    decided = decode_data(event, ReportReversed)
    apply = _APPLY.get(decided.kind)
    if apply is not None:
        moderation = Moderation(decided.report_id, decided.decided_at, False, decided.reason)
        apply(decided.subject_id, moderation, now)


def present_hiding(moderation: Moderation | None) -> ContentHidingView | None:
    """Present to an author why content is hidden; None for what is not."""
    if moderation is None or not moderation.hidden:
        return None
    return ContentHidingView(moderation.at, moderation.reason)


@retry_on_conflict
def _apply_to_page(artist_id: str, decided: Moderation, now: datetime) -> None:
    before = artist_pages.find_page(artist_id)
    if before is None:
        return
    page = replace(before, moderation=follow(before.moderation, decided))
    if page != before:
        try:
            page_changes.save(before, page, now)
        except WriteConflict:
            raise_unless_deleted(artist_id)


@retry_on_conflict
def _apply_to_item(item_id: str, decided: Moderation, now: datetime) -> None:
    before = portfolio.find_item(item_id)
    if before is None:
        return
    item = replace(before, moderation=follow(before.moderation, decided))
    if item == before:
        return
    item = replace(item, version=before.version + 1)
    try:
        portfolio.update_item(item, [events.portfolio_item_saved(item, now)])
    except WriteConflict:
        raise_unless_deleted(item.artist_id)


@retry_on_conflict
def _apply_to_review(review_id: str, decided: Moderation, now: datetime) -> None:
    before = reviews.find_review(review_id)
    if before is None:
        return
    review = replace(before, moderation=follow(before.moderation, decided))
    if review == before:
        return
    try:
        review = replace(review, version=before.version + 1)
        changed = events.review_pictures_changed(before, review, now)
        reviews.update_review(review, before, changed)
    except WriteConflict:
        raise_unless_deleted(before.artist_id, before.author_id or "")


_APPLY: dict[SubjectKind, Callable[[str, Moderation, datetime], None]] = {
    SubjectKind.PAGE: _apply_to_page,
    SubjectKind.PORTFOLIO_ITEM: _apply_to_item,
    SubjectKind.REVIEW: _apply_to_review,
}
