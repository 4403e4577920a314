"""Events that profiles publishes and consumes.

Published events carry everything a copy needs, so that no consumer has to call back. Their
`record_version` grows with every change: a consumer applies an event that is not older than its
copy, so publishing the same state again repairs a copy.
"""

from datetime import date, datetime

from domain import voucher_codes
from domain.moderation import ReportReason, SubjectKind
from domain.social_media import ImportId, ImportRefusal, MediaProvider, MediaTarget
from domain.vouchers import VoucherValue
from profiles.models.artist_pages import ArtistPage
from profiles.models.people import Person
from profiles.models.portfolio import PortfolioItem
from profiles.models.reviews import Review
from profiles.models.vouchers import Voucher, VoucherClosing, VoucherStatus
from shared.events import domain_events
from shared.events.domain_events import ConsumedEvent, DomainEvent, EventData
from shared.http.caller import Role

FEATURE = "profiles"

# ---- published ---------------------------------------------------------------------------------


class ProfileUpdated(EventData, frozen=True):
    """A person's name, avatar or handle changed, or whether an artist's books are open.

    Attributes:
        handle: Set once an artist has chosen one.
        books_open: Whether the artist takes new bookings; false for one who is banned, and for a
            former artist; null for everybody else.
    """

    type = "user.profile.updated"

    user_id: str
    role: Role
    name: str
    avatar: str | None
    handle: str | None
    books_open: bool | None
    record_version: int


class PortfolioItemSaved(EventData, frozen=True):
    """An artist added or changed a portfolio item, so its files are public.

    Attributes:
        file_id: Id of the file of its cover.
        file_ids: Ids of the files of all its pictures, the cover first.
        hidden: Whether an admin hides it, so that they are not public.
    """

    type = "portfolio_item.saved"

    item_id: str
    artist_id: str
    file_id: str
    record_version: int
    file_ids: tuple[str, ...]
    hidden: bool = False


class PortfolioItemRemoved(EventData, frozen=True):
    """A portfolio item was deleted, so its files are not public any more.

    Attributes:
        file_id: Id of the file of its cover.
        import_id: Id of the import that it came from; null if the artist added it.
        import_attempt: Which attempt of the import it was.
    """

    type = "portfolio_item.removed"

    item_id: str
    artist_id: str
    file_id: str
    record_version: int
    import_id: ImportId | None = None
    import_attempt: int | None = None


class PortfolioItemImported(EventData, frozen=True):
    """Imported media is an item of its artist's portfolio now.

    Attributes:
        attempt: Which attempt of the import it was.
    """

    type = "portfolio_item.imported"

    import_id: ImportId
    attempt: int
    artist_id: str
    item_id: str


class PortfolioImportRefused(EventData, frozen=True):
    """Imported media was not taken into its artist's portfolio.

    Attributes:
        attempt: Which attempt of the import it was.
        reason: Why it was not taken.
    """

    type = "portfolio_item.import_refused"

    import_id: ImportId
    attempt: int
    artist_id: str
    reason: ImportRefusal


class VoucherSaved(EventData, frozen=True):
    """A voucher was issued or changed, or its artist asks to redeem or void it.

    Attributes:
        client_id: The client it was issued to; None if it belongs to anyone who has the code.
        code_hash: SHA-256 of its code, which cannot be guessed from it.
        status: Whether it was already redeemed or voided when it was saved.
        closing: Request that has to be decided; None if there is none.
    """

    type = "voucher.saved"

    voucher_id: str
    artist_id: str
    client_id: str | None
    name: str
    value: VoucherValue
    code_hash: str
    expires_at: datetime
    status: VoucherStatus
    closing: VoucherClosing | None
    record_version: int


class ReportSubmitted(EventData, frozen=True):
    """A user reported a page, a portfolio item or a review to the admins.

    Attributes:
        report_id: Id of the report. Example: rpt_01JD2Z5Q0V8XKM3F7T9B4N6RWC
        subject_id: Id of what is reported; of a page, that of the artist.
        reporter_id: The user who reported it.
        reported_id: The user whose content it is.
        details: What the reporter says about it.
        content: The content as everybody saw it.
        attachments: Ids of the files that it had.
    """

    type = "report.submitted"

    report_id: str
    kind: SubjectKind
    subject_id: str
    reporter_id: str
    reported_id: str
    reason: ReportReason
    details: str
    content: str
    attachments: list[str]
    created_at: datetime


class ReviewPicturesChanged(EventData, frozen=True):
    """A review shows other pictures, or none any more, so other files of its author are public.

    Attributes:
        author_id: Id of its author, who owns the files.
        file_ids: Ids of the files of its pictures, in order.
    """

    type = "review.pictures_changed"

    review_id: str
    artist_id: str
    author_id: str
    file_ids: tuple[str, ...]
    record_version: int


class ArtistBooksOpened(EventData, frozen=True):
    """An artist takes new bookings again.

    Attributes:
        opened_at: When the artist opened the books.
    """

    type = "artist.books_opened"

    artist_id: str
    opened_at: datetime


class FollowedBooksOpened(EventData, frozen=True):
    """An artist whom a user follows takes new bookings again.

    Attributes:
        follower_id: Id of the user.
        artist_name: Name of the artist.
        handle: Handle of the artist's page, once it has one.
        opened_at: When the artist opened the books.
    """

    type = "follow.books_opened"

    follower_id: str
    artist_id: str
    artist_name: str
    handle: str | None
    opened_at: datetime


PUBLISHED = (
    ProfileUpdated,
    PortfolioItemSaved,
    PortfolioItemRemoved,
    PortfolioItemImported,
    PortfolioImportRefused,
    VoucherSaved,
    ReportSubmitted,
    ReviewPicturesChanged,
    ArtistBooksOpened,
    FollowedBooksOpened,
)


def profile_updated(person: Person, page: ArtistPage | None, now: datetime) -> list[DomainEvent]:
    """Build the events for a person's new version: none until the name is known.

    Args:
        person: The person.
        page: The page of an artist, or of a former one; None for everybody else.
        now: The current time.
    """
    if not person.name:
        return []
    data = ProfileUpdated(
        user_id=person.user_id,
        role=person.role,
        name=person.name,
        avatar=person.avatar,
        handle=person.handle,
        books_open=page.details.books_open and not page.hidden if page else None,
        record_version=person.version,
    )
    return [domain_events.new_event(FEATURE, person.user_id, data, now)]


def portfolio_item_saved(item: PortfolioItem, now: datetime) -> DomainEvent:
    """Build the event for a portfolio item's new version."""
    data = PortfolioItemSaved(
        item.id,
        item.artist_id,
        item.file_id,
        item.version,
        item.file_ids,
        hidden=item.is_hidden,
    )
    return domain_events.new_event(FEATURE, item.id, data, now)


def portfolio_item_removed(item: PortfolioItem, now: datetime) -> DomainEvent:
    """Build the event for the deletion of a portfolio item, which counts as a version."""
    data = PortfolioItemRemoved(
        item_id=item.id,
        artist_id=item.artist_id,
        file_id=item.file_id,
        record_version=item.version + 1,
        import_id=item.import_id,
        import_attempt=item.import_attempt,
    )
    return domain_events.new_event(FEATURE, item.id, data, now)


def voucher_saved(voucher: Voucher, now: datetime) -> DomainEvent:
    """Build the event for a voucher's new version."""
    data = VoucherSaved(
        voucher_id=voucher.id,
        artist_id=voucher.artist_id,
        client_id=voucher.client_id,
        name=voucher.name,
        value=voucher.value,
        code_hash=voucher_codes.hash_code(voucher.code),
        expires_at=voucher.expires_at,
        status=voucher.status,
        closing=voucher.closing,
        record_version=voucher.version,
    )
    return domain_events.new_event(FEATURE, voucher.id, data, now)


def review_pictures_changed(
    before: Review | None, review: Review | None, now: datetime
) -> list[DomainEvent]:
    """Build the events for other pictures of a review: none if they stay the same.

    Args:
        before: The review as it is stored; None if it is new.
        review: Its new version; None if it was deleted, which counts as a version.
        now: The current time.
    """
    shown_before = before.shown_pictures if before else ()
    shown = review.shown_pictures if review else ()
    known = before or review
    if shown == shown_before or known is None or known.author_id is None:
        return []
    version = review.version if review else known.version + 1
    data = ReviewPicturesChanged(known.id, known.artist_id, known.author_id, shown, version)
    return [domain_events.new_event(FEATURE, known.id, data, now)]


def books_opened(before: ArtistPage, page: ArtistPage, now: datetime) -> list[DomainEvent]:
    """Build the events for books that were closed and are open now."""
    if before.details.books_open or not page.details.books_open:
        return []
    data = ArtistBooksOpened(page.artist_id, now)
    return [domain_events.new_event(FEATURE, page.artist_id, data, now)]


def followed_books_opened(
    page: ArtistPage, follower_id: str, opened_at: datetime, now: datetime
) -> DomainEvent:
    """Build the event for a follower of an artist whose books are open."""
    data = FollowedBooksOpened(follower_id, page.artist_id, page.name, page.handle, opened_at)
    return domain_events.new_event(FEATURE, page.artist_id, data, now)


# ---- consumed ----------------------------------------------------------------------------------


class UserVerified(ConsumedEvent, frozen=True):
    """`user.verified`: a registration was completed."""

    user_id: str
    name: str
    role: Role


class UserDeleted(ConsumedEvent, frozen=True):
    """`user.deleted`: an account was deleted."""

    user_id: str


class AccountChanged(ConsumedEvent, frozen=True):
    """`user.banned`, `user.unbanned` and `user.role_changed`: what an admin changed."""

    user_id: str
    role: Role
    banned: bool
    record_version: int


class ReportDecided(ConsumedEvent, frozen=True):
    """`report.decided`: an admin decided about a report.

    Attributes:
        reporter_id: None once that account is deleted.
    """

    report_id: str
    kind: SubjectKind
    subject_id: str
    reporter_id: str | None
    hides: bool
    reason: str
    decided_at: datetime


class ReportReversed(ConsumedEvent, frozen=True):
    """`report.reversed`: an admin shows again what was hidden because of a report."""

    report_id: str
    kind: SubjectKind
    subject_id: str
    reason: str
    decided_at: datetime


class ConsumedPrice(ConsumedEvent, frozen=True):
    """A price, in minor units of its currency."""

    amount: int
    currency: str


class ServiceSaved(ConsumedEvent, frozen=True):
    """`service.saved`: the part of a service that pages show."""

    service_id: str
    artist_id: str
    name: str
    duration_minutes: int
    price: ConsumedPrice
    sittings: int
    mode: str
    record_version: int


class ServiceRemoved(ConsumedEvent, frozen=True):
    """`service.removed`: a service was deleted for good."""

    service_id: str
    artist_id: str


class ScheduleSaved(ConsumedEvent, frozen=True):
    """`schedule.saved`: where an artist takes bookings; a guest spot has dates."""

    schedule_id: str
    artist_id: str
    location: str
    time_zone: str
    first_date: date | None
    last_date: date | None
    record_version: int


class ScheduleRemoved(ConsumedEvent, frozen=True):
    """`schedule.removed`: a schedule was deleted for good."""

    schedule_id: str
    artist_id: str


class NextFreeChanged(ConsumedEvent, frozen=True):
    """`next_free.changed`: the next date on which something of an artist can be booked."""

    artist_id: str
    day: date | None
    record_version: int


class AppointmentChanged(ConsumedEvent, frozen=True):
    """`appointment.*`: an appointment; `client_id` is None for a walk-in without account."""

    appointment_id: str
    artist_id: str
    client_id: str | None
    service_id: str
    service_name: str
    starts_at: datetime
    ends_at: datetime
    time_zone: str
    status: str
    price: ConsumedPrice
    record_version: int


class AppointmentRecorded(ConsumedEvent, frozen=True):
    """`appointment.recorded`: an appointment exists. Versions before 0.4 did not say its price."""

    price: ConsumedPrice | None = None


class VoucherDecided(ConsumedEvent, frozen=True):
    """`voucher.redeemed`, `.voided` and `.restored`: what appointments decided about a voucher.

    Attributes:
        voucher_version: Version of the voucher that was known to the decision.
        record_version: Number of the decision.
    """

    voucher_id: str
    artist_id: str
    appointment_id: str | None
    changed_at: datetime
    expires_at: datetime
    voucher_version: int
    record_version: int


class ResponseTimeChanged(ConsumedEvent, frozen=True):
    """`artist.response_time_changed`: how soon an artist answers; nothing where that is unknown."""

    artist_id: str
    typical_minutes: int | None
    answered_share: float | None
    record_version: int


class ConversationOpened(ConsumedEvent, frozen=True):
    """`conversation.opened`: an artist started a conversation with a client or a guest.

    Attributes:
        client_id: None for a guest, who has no account.
    """

    artist_id: str
    client_id: str | None


class BlockChanged(ConsumedEvent, frozen=True):
    """`conversation.block_changed`: a member blocked the other one, or removed their block.

    Attributes:
        client_id: None for a guest, who has no account.
        user_id: The member who did it.
    """

    artist_id: str
    client_id: str | None
    user_id: str
    blocked: bool
    record_version: int


class FileCleaned(ConsumedEvent, frozen=True):
    """`file.cleaned`: a file was found clean, or described anew."""

    file_id: str
    owner_id: str
    content_type: str
    record_version: int
    alt_text: str | None = None


class FileRemoved(ConsumedEvent, frozen=True):
    """`file.removed`: a file can no longer be shown."""

    file_id: str
    record_version: int


class SocialMediaImported(ConsumedEvent, frozen=True):
    """`social_media.imported`: media of a social account became a clean file of its artist."""

    import_id: str
    attempt: int
    artist_id: str
    target: MediaTarget
    file_id: str
    caption: str
    provider: MediaProvider
    permalink: str | None
    record_version: int


class SocialMediaSourceChanged(ConsumedEvent, frozen=True):
    """`social_media.source_changed`: media was removed at its provider, or is there again.

    Attributes:
        record_id: The portfolio item, if it was imported into the portfolio.
    """

    import_id: str
    target: MediaTarget
    record_id: str
    removed_at_source: bool
    record_version: int
