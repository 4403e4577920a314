"""Events of files: published and consumed."""

from datetime import datetime

from domain.types import (
    AppointmentId,
    ArtistId,
    ClientId,
    ConsultationId,
    FileId,
    MessageId,
    UserId,
    Version,
)
from files.models import File, RejectionReason
from files.rules.file_types import FilePurpose
from shared.events.domain_events import ConsumedEvent, EventData


class FileCleaned(EventData, frozen=True):
    """A file was found clean, so that other records may refer to it, or was described anew.

    Attributes:
        owner_id: Id of the user who uploaded the file.
        purpose: What the file is for.
        name: Name of the file, for people.
        content_type: Media type.
        size: Size in bytes of the clean file.
        width: Width in pixels; null for anything but images and videos.
        height: Height in pixels; null for anything but images and videos.
        alt_text: What the file shows, in the words of its owner; null if they did not say.
            Example: A swallow in black lines on a left forearm
        duration_ms: Length of a video or a sound in milliseconds; null for all else. Example: null
    """

    type = "file.cleaned"

    file_id: FileId
    owner_id: UserId
    purpose: FilePurpose
    name: str
    content_type: str
    size: int
    width: int | None
    height: int | None
    record_version: Version
    alt_text: str | None = None
    duration_ms: int | None = None


class FileRejected(EventData, frozen=True):
    """A file was rejected and deleted.

    Attributes:
        owner_id: Id of the user who uploaded the file.
        reason: Why the file was rejected.
    """

    type = "file.rejected"

    file_id: FileId
    owner_id: UserId
    reason: RejectionReason
    record_version: Version


class FileRemoved(EventData, frozen=True):
    """A clean file was removed; records must no longer refer to it.

    Attributes:
        owner_id: Id of the user who uploaded the file.
    """

    type = "file.removed"

    file_id: FileId
    owner_id: UserId
    record_version: Version


def cleaned_data(file: File) -> FileCleaned:
    """Return the data of the event that a file was found clean."""
    assert file.content is not None
    return FileCleaned(
        file_id=file.id,
        owner_id=file.owner_id,
        purpose=file.purpose,
        name=file.name,
        content_type=file.content_type,
        size=file.content.size,
        width=file.content.width,
        height=file.content.height,
        record_version=file.version,
        alt_text=file.alt_text,
        duration_ms=file.content.duration_ms,
    )


class ExportReady(EventData, frozen=True):
    """The archive of a user's data is ready. They get a mail.

    Attributes:
        export_id: Id of the export. Example: exp_01JD2Z5Q0V8XKM3F7T9B4N6RWC
    """

    type = "export.ready"

    export_id: str
    user_id: UserId


class ExportDownloaded(EventData, frozen=True):
    """A user got a link to the archive of their data.

    Attributes:
        export_id: Id of the export. Example: exp_01JD2Z5Q0V8XKM3F7T9B4N6RWC
        session_id: Their session. Example: ses_01JD2Z5Q0V8XKM3F7T9B4N6RWC
    """

    type = "export.downloaded"

    export_id: str
    user_id: UserId
    session_id: str


PUBLISHED = (FileCleaned, FileRejected, FileRemoved, ExportReady, ExportDownloaded)

# ---- consumed ----------------------------------------------------------------------------------


class UserDeleted(ConsumedEvent, frozen=True):
    """Data of `user.deleted`."""

    user_id: UserId


class Message(ConsumedEvent, frozen=True):
    """A message and the members of its conversation."""

    message_id: MessageId
    artist_id: ArtistId
    client_id: ClientId | None
    sender_id: UserId | None

    @property
    def reader_id(self) -> str | None:
        """The user who did not send the message; None if no member sent it, or if it is a guest."""
        members = {self.artist_id: self.client_id, self.client_id: self.artist_id}
        return members.get(self.sender_id or "")


class MessageCreated(Message, frozen=True):
    """Data of `message.created`.

    Attributes:
        guest_id: The guest who wrote it at a platform, or to whom it is sent there. What comes
            from a platform is the artist's, whoever wrote it.
    """

    attachments: list[FileId]
    guest_id: str | None = None


class GuestMessageJoined(ConsumedEvent, frozen=True):
    """Data of `guest_message.joined`: the client wrote or received it before, as a guest."""

    message_id: MessageId
    artist_id: ArtistId
    client_id: ClientId
    attachments: list[FileId]


class MessageDeleted(Message, frozen=True):
    """Data of `message.deleted`."""


class MessageDecision(Message, frozen=True):
    """Data of `message.hidden` and `message.shown`: an admin hides a message, or no longer.

    Attributes:
        decided_at: When that was decided.
    """

    decided_at: datetime


class ConsultationRequested(ConsumedEvent, frozen=True):
    """Data of `consultation.requested`."""

    consultation_id: ConsultationId
    artist_id: ArtistId
    client_id: ClientId
    files: list[FileId]


class ConsultationPictureAdded(ConsumedEvent, frozen=True):
    """Data of `consultation.picture_added`."""

    consultation_id: ConsultationId
    artist_id: ArtistId
    client_id: ClientId
    file_id: FileId


class DepositProofSubmitted(ConsumedEvent, frozen=True):
    """Data of `deposit.proof_submitted`."""

    appointment_id: AppointmentId
    artist_id: ArtistId
    client_id: ClientId
    record_version: Version
    files: tuple[FileId, ...] = ()


class PortfolioItem(ConsumedEvent, frozen=True):
    """Data of `portfolio_item.saved` and `portfolio_item.removed`.

    Attributes:
        file_ids: Files of all its pictures; versions up to 0.3 had the cover alone.
        hidden: Whether an admin hides the item.
    """

    item_id: str
    artist_id: ArtistId
    file_id: FileId
    record_version: Version
    file_ids: tuple[FileId, ...] = ()
    hidden: bool = False


class ReviewPicturesChanged(ConsumedEvent, frozen=True):
    """Data of `review.pictures_changed`: the pictures that a review shows from now on."""

    review_id: str
    author_id: UserId
    file_ids: tuple[FileId, ...]
    record_version: Version


class SocialFileFetched(ConsumedEvent, frozen=True):
    """Data of `social_file.fetched`: content that was put below `imports/`."""

    file_id: FileId
    owner_id: UserId
    purpose: FilePurpose
    name: str
    content_type: str
    size: int
    sha256: str


class ProfileUpdated(ConsumedEvent, frozen=True):
    """Data of `user.profile.updated`.

    Attributes:
        user_id: The user.
        avatar: Their picture.
        record_version: Version of their name, picture and page.
        role: Their role, where the event says it.
    """

    user_id: UserId
    avatar: FileId | None
    record_version: Version
    role: str | None = None
