"""Requests and responses of the files API."""

from enum import StrEnum
from typing import Annotated

from msgspec import UNSET, Meta, UnsetType

from domain.imported_rows import ImportedRow
from domain.types import Cursor, FileId, Instant, NextCursor, UserId
from files.models import FileStatus, RejectionReason, ThumbnailSize
from files.rules.file_types import MAX_SIZE, PART_SIZE, FilePurpose
from shared.http.decoding import Input, Output

MAX_PARTS = -(-MAX_SIZE // PART_SIZE)
MAX_IDS = 24
MAX_ALT_TEXT = 1000

FileName = Annotated[
    str, Meta(description="Name of the file, for people.", examples=["forearm.jpg"])
]
ContentType = Annotated[str, Meta(description="Media type.", examples=["image/jpeg"])]
Size = Annotated[int, Meta(description="Size in bytes.", examples=[245810])]
Sha256 = Annotated[
    str,
    Meta(
        pattern=r"^[0-9a-f]{64}$(?!\n)",
        description="SHA-256 of the content, in lowercase hexadecimal.",
        examples=["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"],
    ),
]
PartNumber = Annotated[int, Meta(description="Number of the part, from 1.", examples=[1])]
Width = Annotated[int, Meta(description="Width in pixels.", examples=[1280])]
Height = Annotated[int, Meta(description="Height in pixels.", examples=[960])]
AltText = Annotated[
    str,
    Meta(
        description="What a file shows, for people who do not see it.",
        examples=["A swallow in black lines on a left forearm"],
    ),
]
DurationMs = Annotated[int, Meta(description="Length in milliseconds.", examples=[4200])]
Blurhash = Annotated[
    str, Meta(description="Placeholder of a picture.", examples=["LEHV6nWB2yk8pyo0adR*.7kCMdnj"])
]
Color = Annotated[str, Meta(description="Colour.", examples=["#1e78dc"])]
Url = Annotated[
    str,
    Meta(
        description="Signed URL.",
        examples=[
            "https://files.example.com/clean/fil_01JD2Z5Q0V8XKM3F7T9B4N6RWC/original?X-Amz-Expires=300"
        ],
    ),
]
FileIds = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=40 * MAX_IDS,
        description=f"Ids of up to {MAX_IDS} files, separated by commas.",
        examples=["fil_01JD2Z5Q0V8XKM3F7T9B4N6RWC,fil_01JD30A1B2C3D4E5F6G7H8J9KM"],
    ),
]
CursorInput = Annotated[Cursor, Meta(max_length=1024)]
Limit = Annotated[int, Meta(ge=1, le=50)]


# ---- requests ----------------------------------------------------------------------------------


class UploadRequest(Input, frozen=True):
    """A file to be uploaded. The upload must match it exactly.

    Attributes:
        name: Name of the file, for people. Folders in it are dropped. Example: forearm.jpg
        size: Size in bytes. Example: 245810
        content_type: Media type, one of those accepted for the purpose. Example: image/jpeg
        purpose: What the file is for. It decides which types and sizes are accepted.
            Example: message
    """

    name: Annotated[FileName, Meta(min_length=1, max_length=255, pattern=r"\S")]
    size: Annotated[Size, Meta(ge=1, le=MAX_SIZE)]
    content_type: Annotated[ContentType, Meta(max_length=100)]
    sha256: Sha256
    purpose: FilePurpose


class PartRequest(Input, frozen=True):
    """A part to be uploaded.

    Attributes:
        sha256: SHA-256 of the part, in lowercase hexadecimal.
    """

    number: Annotated[PartNumber, Meta(ge=1, le=MAX_PARTS)]
    sha256: Sha256


class PartsRequest(Input, frozen=True):
    """The parts to be uploaded next.

    Attributes:
        parts: Parts, each once.
    """

    parts: Annotated[list[PartRequest], Meta(min_length=1, max_length=MAX_PARTS)]


class UpdateFileRequest(Input, frozen=True):
    """Changes of a file. Fields that are left out stay as they are.

    Attributes:
        alt_text: What the file shows, for people who do not see it; null removes it.
            Example: A swallow in black lines on a left forearm
    """

    alt_text: Annotated[str, Meta(min_length=1, max_length=MAX_ALT_TEXT)] | UnsetType | None = UNSET


class FilesQuery(Input, frozen=True):
    """A page of the caller's files, or any files by their ids.

    Attributes:
        ids: Ids of up to 24 files, separated by commas: these files instead of the caller's own.
            Not allowed together with the other parameters.
            Example: fil_01JD2Z5Q0V8XKM3F7T9B4N6RWC,fil_01JD30A1B2C3D4E5F6G7H8J9KM
        purpose: Only files for this purpose.
        limit: Number of files on a page; 20 by default. Example: 20
    """

    ids: FileIds | None = None
    purpose: FilePurpose | None = None
    cursor: CursorInput | None = None
    limit: Limit | None = None


class PublicFilesQuery(Input, frozen=True):
    """Files by their ids."""

    ids: FileIds


# ---- responses ---------------------------------------------------------------------------------


class UploadForm(Output, frozen=True, tag_field="type", tag="form"):
    """An upload in one request: a POST of multipart/form-data.

    Attributes:
        url: URL to send the form to. Example: https://files.example.com/
        fields: Fields of the form, in this order; the content follows as the field `file`.
            Example: {"key": "incoming/fil_01JD2Z5Q0V8XKM3F7T9B4N6RWC"}
    """

    url: str
    fields: dict[str, str]


class UploadPart(Output, frozen=True):
    """A part of an upload.

    Attributes:
        size: Size of the part in bytes. Example: 5242880
    """

    number: PartNumber
    size: Size


class UploadParts(Output, frozen=True, tag_field="type", tag="parts"):
    """An upload in parts: each is sent to a URL of its own.

    Attributes:
        parts: Parts, in order. Request their URLs when you are about to send them.
    """

    parts: list[UploadPart]


class Upload(Output, frozen=True):
    """A file that was announced, and how to upload its content.

    Attributes:
        status: Status of the file: `pending`. Example: pending
        expires_at: Instant until which the content must be uploaded.
        upload: How to upload the content: by a form up to 5 MiB, in parts above that.
    """

    id: FileId
    status: FileStatus
    expires_at: Instant
    upload: UploadForm | UploadParts


class PartUrl(Output, frozen=True):
    """The URL of a part, to be sent a PUT of exactly this part's bytes.

    Attributes:
        size: Size of the part in bytes. Example: 5242880
        url: Signed URL of the part.
            Example: https://files.example.com/incoming/fil_01JD2Z5Q0V8XKM3F7T9B4N6RWC?partNumber=1
        headers: Headers that the request must carry. Example: {"content-length": "5242880"}
    """

    number: PartNumber
    size: Size
    url: str
    headers: dict[str, str]


class PartUrlList(Output, frozen=True):
    """The URLs of the requested parts.

    Attributes:
        parts: Parts in the order of the request.
        expires_at: Instant until which the URLs are valid.
    """

    parts: list[PartUrl]
    expires_at: Instant


class UploadedParts(Output, frozen=True):
    """The progress of an upload in parts.

    Attributes:
        parts: Parts that were uploaded.
        missing: Numbers of the parts that are missing. Example: [2, 3]
    """

    parts: list[UploadPart]
    missing: list[int]


class DownloadLink(Output, frozen=True):
    """A link to a file, for anyone who has it.

    Attributes:
        expires_at: Instant until which the link is valid.
    """

    url: Url
    expires_at: Instant


class ThumbnailView(Output, frozen=True):
    """A thumbnail of an image, or of the poster frame of a video, as WebP.

    Attributes:
        size: Which of the three thumbnails it is. Example: medium
        width: Width in pixels. Example: 480
        height: Height in pixels. Example: 360
        url: Signed URL of the thumbnail.
            Example: https://files.example.com/clean/fil_01JD2Z5Q0V8XKM3F7T9B4N6RWC/medium.webp?X-Amz-Expires=300
    """

    size: ThumbnailSize
    width: Width
    height: Height
    url: Url


class FileEntry(Output, frozen=True):
    """A file, without download links.

    Attributes:
        purpose: What the file is for. Example: message
        status: Status of the file. Only a `clean` file can be downloaded. Example: clean
        size: Size in bytes: of the download once the file is clean, before that as announced.
            Example: 245810
        reason: Why the file was rejected; null if it was not. Example: null
        width: Width in pixels; null for anything but clean images and videos. Example: 1280
        height: Height in pixels; null for anything but clean images and videos. Example: 960
        created_at: Instant when the upload was announced.
        alt_text: What the file shows, in the words of its owner; null if they did not say.
            Example: A swallow in black lines on a left forearm
        duration_ms: Length of a clean video or sound in milliseconds; null for all else.
            Example: null
        waveform: Peaks of a clean sound, 64 of equal lengths of time, from 0 to 100; empty for all
            else. Example: []
        blurhash: Blurhash of a clean image or of a video's poster frame; null for all else.
            Example: LEHV6nWB2yk8pyo0adR*.7kCMdnj
        dominant_color: Dominant colour of the same picture. Example: "#1e78dc"
        animated: Whether the download is a picture that moves. Example: false
        frozen: Whether the upload moved, and only its first picture was kept. Example: false
    """

    id: FileId
    purpose: FilePurpose
    name: FileName
    content_type: ContentType
    size: Size
    status: FileStatus
    reason: RejectionReason | None
    width: Width | None
    height: Height | None
    created_at: Instant
    alt_text: AltText | None
    duration_ms: DurationMs | None
    waveform: list[int]
    blurhash: Blurhash | None
    dominant_color: Color | None
    animated: bool
    frozen: bool


ExportId = Annotated[
    str, Meta(description="Id of the export.", examples=["exp_01JD2Z5Q0V8XKM3F7T9B4N6RWC"])
]


class ExportStatus(StrEnum):
    """State of an export."""

    BUILDING = "building"
    READY = "ready"


class ExportView(Output, frozen=True):
    """An export of the caller's data.

    Attributes:
        status: Whether it can be downloaded. Example: ready
        download: Link to the archive, for one minute; null until it is ready.
    """

    id: ExportId
    status: ExportStatus
    download: DownloadLink | None


class FileView(Output, frozen=True):
    """A file with download links.

    Attributes:
        owner_id: Id of the user who uploaded the file.
        purpose: What the file is for. Example: message
        status: Status of the file. Only a `clean` file can be downloaded. Example: clean
        size: Size in bytes: of the download once the file is clean, before that as announced.
            Example: 245810
        reason: Why the file was rejected; null if it was not. Example: null
        width: Width in pixels; null for anything but clean images and videos. Example: 1280
        height: Height in pixels; null for anything but clean images and videos. Example: 960
        created_at: Instant when the upload was announced.
        expires_at: Instant until which the content must be uploaded; null once it was.
            Example: null
        download: Link to the file; null unless it is clean.
        thumbnails: Thumbnails of a clean image, or of the poster frame of a clean video.
        alt_text: What the file shows, in the words of its owner; null if they did not say.
            Example: A swallow in black lines on a left forearm
        duration_ms: Length of a clean video or sound in milliseconds; null for all else.
            Example: null
        waveform: Peaks of a clean sound, 64 of equal lengths of time, from 0 to 100; empty for all
            else. Example: []
        blurhash: Blurhash of a clean image or of a video's poster frame; null for all else.
            Example: LEHV6nWB2yk8pyo0adR*.7kCMdnj
        dominant_color: Dominant colour of the same picture. Example: "#1e78dc"
        animated: Whether the download is a picture that moves. Example: false
        frozen: Whether the upload moved, and only its first picture was kept. Example: false
    """

    id: FileId
    owner_id: UserId
    purpose: FilePurpose
    name: FileName
    content_type: ContentType
    size: Size
    status: FileStatus
    reason: RejectionReason | None
    width: Width | None
    height: Height | None
    created_at: Instant
    expires_at: Instant | None
    download: DownloadLink | None
    thumbnails: list[ThumbnailView]
    alt_text: AltText | None
    duration_ms: DurationMs | None
    waveform: list[int]
    blurhash: Blurhash | None
    dominant_color: Color | None
    animated: bool
    frozen: bool


class FileList(Output, frozen=True):
    """A page of the caller's files.

    Attributes:
        items: Files, newest first.
    """

    items: list[FileEntry]
    next_cursor: NextCursor


class FileSelection(Output, frozen=True):
    """The requested files, as far as the caller can read them.

    Attributes:
        items: Files in the order of the request, each once, with download links.
    """

    items: list[FileView]


# ---- operators ---------------------------------------------------------------------------------


class RepublishFilesRequest(Input, frozen=True):
    """The users whose clean files are published again."""

    user_ids: Annotated[list[str], Meta(max_length=100)]


class RepublishedFiles(Output, frozen=True):
    """The number of files that were published again."""

    files: int


class ImportedFile(ImportedRow, frozen=True, rename="camel"):
    """An image of a portfolio of an earlier system, whose content was put below `imports/`.

    Attributes:
        name: Name of the file, for people.
        content_type: Media type that is expected.
        size: Size in bytes.
        sha256: SHA-256 of the content, in hexadecimal.
    """

    owner_id: UserId
    name: Annotated[str, Meta(max_length=255)]
    content_type: str
    size: int
    sha256: str
    created_at: Instant
