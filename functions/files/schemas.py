"""What files is asked, answers and hears."""

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from files.models import Reason, Status, ThumbnailSize
from files.rules.file_types import LARGEST, PART_SIZE, Purpose
from shared.http.decoding import Input, Output

Sha256 = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}$(?!\n)")]
Limit = Annotated[int, Meta(ge=1, le=50)]
Cursor = Annotated[str, Meta(max_length=1024)]
MOST_PARTS = -(-LARGEST // PART_SIZE)
MOST_AT_ONCE = 24


# ---- what is asked -----------------------------------------------------------------------------


class UploadRequest(Input, frozen=True):
    """A file to come: its size in bytes and its SHA-256 in hexadecimal are held to.

    `name` is what people see; folders in it are dropped.
    """

    name: Annotated[str, Meta(min_length=1, max_length=255, pattern=r"\S")]
    size: Annotated[int, Meta(ge=1, le=LARGEST)]
    content_type: Annotated[str, Meta(max_length=100)]
    sha256: Sha256
    purpose: Purpose


class PartClaim(Input, frozen=True):
    """A part to come, from 1 on, with its SHA-256 in hexadecimal."""

    number: Annotated[int, Meta(ge=1, le=MOST_PARTS)]
    sha256: Sha256


class PartsRequest(Input, frozen=True):
    """The parts that are to be sent next."""

    parts: Annotated[list[PartClaim], Meta(min_length=1, max_length=MOST_PARTS)]


class FilesQuery(Input, frozen=True):
    """One page of the caller's files, the newest first; of one purpose, or all."""

    purpose: Purpose | None = None
    cursor: Cursor | None = None
    limit: Limit = 20


class SomeQuery(Input, frozen=True):
    """Ids of files, up to 24, with commas between."""

    ids: Annotated[str, Meta(min_length=1, max_length=40 * MOST_AT_ONCE)]


# ---- what is answered --------------------------------------------------------------------------


class Form(Output, frozen=True, tag_field="type", tag="form"):
    """Send a multipart/form-data POST to `url`: all `fields`, then the bytes as `file`, last."""

    url: str
    fields: dict[str, str]


class Part(Output, frozen=True):
    """A part of an upload: from 1 on, of so many bytes."""

    number: int
    size: int


class Parts(Output, frozen=True, tag_field="type", tag="parts"):
    """Send these parts, each to its own URL, which is asked for when it is needed."""

    parts: list[Part]


class Upload(Output, frozen=True):
    """A file that was announced, and how to send it before `expiresAt`."""

    id: str
    status: Status
    expires_at: datetime
    upload: Form | Parts


class PartUrl(Output, frozen=True):
    """Send a PUT with these headers and exactly this part's bytes to `url`."""

    number: int
    size: int
    url: str
    headers: dict[str, str]


class PartUrls(Output, frozen=True):
    """Where to send the parts that were asked for, before `expiresAt`."""

    parts: list[PartUrl]
    expires_at: datetime


class ArrivedParts(Output, frozen=True):
    """How far an upload is: what arrived, and the numbers that are missing."""

    parts: list[Part]
    missing: list[int]


class Link(Output, frozen=True):
    """A URL that works until `expiresAt`, for whoever has it."""

    url: str
    expires_at: datetime


class ThumbnailView(Output, frozen=True):
    """A WebP of an image."""

    size: ThumbnailSize
    width: int
    height: int
    url: str


class FileView(Output, frozen=True):
    """A file. Only what is `clean` can be downloaded; `size` is then that of the download.

    `reason`: why it was rejected.
    """

    id: str
    owner_id: str
    purpose: Purpose
    name: str
    content_type: str
    size: int
    status: Status
    reason: Reason | None
    width: int | None
    height: int | None
    created_at: datetime
    expires_at: datetime | None
    download: Link | None
    thumbnails: list[ThumbnailView]


class FileEntry(Output, frozen=True):
    """A file in a list; ask for it by its id to download it."""

    id: str
    purpose: Purpose
    name: str
    content_type: str
    size: int
    status: Status
    reason: Reason | None
    width: int | None
    height: int | None
    created_at: datetime


class Files(Output, frozen=True):
    """The caller's files, the newest first."""

    items: list[FileEntry]
    next_cursor: str | None


class SomeFiles(Output, frozen=True):
    """Those of the files asked for that the caller may see, in their order."""

    items: list[FileView]


# ---- what is heard -----------------------------------------------------------------------------


class UserDeleted(msgspec.Struct, frozen=True, rename="camel"):
    """`user.deleted`, only what is read here, whatever else it holds; so it is below."""

    user_id: str


class Message(msgspec.Struct, frozen=True, rename="camel"):
    """Whose message it is."""

    message_id: str
    artist_id: str
    client_id: str
    sender_id: str | None

    @property
    def reader_id(self) -> str | None:
        """The member who did not send it; None where no member did."""
        members = {self.artist_id: self.client_id, self.client_id: self.artist_id}
        return members.get(self.sender_id or "")


class MessageCreated(Message, frozen=True, rename="camel"):
    """`message.created`: both members may read what its sender attached."""

    attachments: list[str]


class MessageDeleted(Message, frozen=True, rename="camel"):
    """`message.deleted`: by this message its sender shares nothing any more."""


class ConsultationRequested(msgspec.Struct, frozen=True, rename="camel"):
    """`consultation.requested`: the artist may read what the client attached."""

    consultation_id: str
    artist_id: str
    client_id: str
    files: list[str]


class DepositProofSubmitted(msgspec.Struct, frozen=True, rename="camel"):
    """`deposit.proof_submitted`: the artist may read what shows the payment."""

    appointment_id: str
    artist_id: str
    client_id: str
    record_version: int
    files: list[str] = []


class PortfolioItem(msgspec.Struct, frozen=True, rename="camel"):
    """`portfolio_item.saved` and `.removed`: what an item shows is public, or no longer by it."""

    item_id: str
    artist_id: str
    file_id: str
    record_version: int


class ProfileUpdated(msgspec.Struct, frozen=True, rename="camel"):
    """`user.profile.updated`: who is signed in may see the avatar."""

    user_id: str
    avatar: str | None
    record_version: int
