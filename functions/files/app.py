"""Routes and triggers of files."""

from chalice.app import CloudWatchEvent, Rate

from domain.errors import Forbidden, NotFound, SessionEnded
from domain.step_up import StepUpRequired
from domain.types import FileId
from files import consumers, events
from files.rules.errors import (
    NotInParts,
    PartsMissing,
    QuotaUsedUp,
    UploadOver,
)
from files.schemas import (
    ExportId,
    ExportView,
    FileEntry,
    FileList,
    FileSelection,
    FilesQuery,
    FileView,
    PartsRequest,
    PartUrlList,
    PublicFilesQuery,
    RepublishedFiles,
    RepublishFilesRequest,
    UpdateFileRequest,
    Upload,
    UploadedParts,
    UploadRequest,
)
from files.store import bucket, table
from files.use_cases import (
    descriptions,
    due_work,
    earlier_files,
    exports,
    inspections,
    queries,
    removal,
    republication,
    uploads,
)
from shared.data import imported_rows
from shared.data.conflicts import Busy
from shared.data.imported_rows import ImportedRows, ImportRowsRequest
from shared.events import queues
from shared.events.domain_events import DomainEvent
from shared.events.s3_events import S3Object
from shared.http.app import FeatureApp
from shared.http.caller import Caller, Scope
from shared.http.operations import RawResponse
from shared.platform import clock

# Shorter than the links that it leads to are valid.
PICTURE_CACHED = "public, max-age=60"

app = FeatureApp(
    "files",
    ready={"dynamodb": table.ping},
    services=("s3", "ssm"),
    worker_services=("dynamodb", "s3"),
)
app.publishes(*events.PUBLISHED)
app.health_route()
outbox = app.outbox_relay(table="files")


# ---- uploads -----------------------------------------------------------------------------------


@app.route(
    "/v1/files",
    methods=["POST"],
    status=201,
    scope=Scope.MESSAGES,
    errors=(Forbidden, QuotaUsedUp, SessionEnded),
)
def create_upload(caller: Caller, body: UploadRequest) -> Upload:
    """Create an upload.

    The response says how to send the content, directly to storage: up to 5 MiB as a form, above
    that in parts of 5 MiB, whose URLs are requested when they are needed. Storage accepts only
    content of the announced size, type and checksum. Assistants upload files for messages only.
    """
    return uploads.create(caller, body, clock.now())


@app.route(
    "/v1/files/{id}/parts",
    methods=["POST"],
    scope=Scope.MESSAGES,
    idempotent=False,
    errors=(NotInParts, UploadOver),
)
def create_part_urls(caller: Caller, id: FileId, body: PartsRequest) -> PartUrlList:
    """Create URLs for parts of an upload.

    Send each part with a PUT within an hour, several at once if you like.
    """
    return uploads.create_part_urls(caller, id, body, clock.now())


@app.route(
    "/v1/files/{id}/parts",
    methods=["GET"],
    scope=Scope.MESSAGES,
    errors=(NotInParts, UploadOver),
)
def list_uploaded_parts(caller: Caller, id: FileId) -> UploadedParts:
    """List the parts that were uploaded.

    The missing ones are listed as well, so that an upload can be resumed.
    """
    return uploads.list_parts(caller, id, clock.now())


@app.route(
    "/v1/files/{id}/complete",
    methods=["POST"],
    scope=Scope.MESSAGES,
    status=202,
    errors=(NotInParts, PartsMissing),
)
def complete_upload(caller: Caller, id: FileId) -> FileEntry:
    """Complete an upload in parts.

    The file is inspected afterwards. Completing an upload again changes nothing.
    """
    return uploads.complete(caller, id)


# ---- files -------------------------------------------------------------------------------------


@app.route("/v1/files", methods=["GET"])
def list_files(caller: Caller, query: FilesQuery) -> FileList | FileSelection:
    """List files.

    Without `ids` these are your own files, page by page. With `ids` these are the given files, as
    far as you can read them, with links that are valid for five minutes.
    """
    return queries.list_files(caller, query, clock.now())


@app.route("/v1/files/public", methods=["GET"], public=True)
def list_public_files(query: PublicFilesQuery) -> FileSelection:
    """List public files.

    These are the given files, as far as an artist's portfolio shows them, with links.
    """
    return queries.list_public(query, clock.now())


@app.route(
    "/v1/files/public/{id}/picture",
    methods=["GET"],
    status=302,
    public=True,
    keyless=True,
    errors=(NotFound,),
    response_headers=("Cache-Control", "Location"),
    media_types=("text/plain",),
)
def get_public_picture(id: FileId) -> RawResponse:
    """Get the picture of a public image.

    The address stays the same for as long as a portfolio shows the image, and needs no API key: it
    is for link previews. It leads to a link that is valid for five minutes.
    """
    headers = {"location": queries.sign_public_picture(id), "cache-control": PICTURE_CACHED}
    return RawResponse("", "text/plain", headers, 302)


@app.route("/v1/files/{id}", methods=["GET"], scope=Scope.MESSAGES)
def get_file(caller: Caller, id: FileId) -> FileView:
    """Get a file that you can read.

    The links are valid for five minutes. Assistants read files of messages only.
    """
    return queries.get(caller, id, clock.now())


@app.route("/v1/files/{id}", methods=["PATCH"], scope=Scope.MESSAGES, errors=(NotFound, Busy))
def update_file(caller: Caller, id: FileId, body: UpdateFileRequest) -> FileView:
    """Update a file of yours: say what it shows.

    Everybody who can read the file can read that. Assistants describe files of messages only.
    """
    return descriptions.update(caller, id, body, clock.now())


@app.route("/v1/files/{id}", methods=["DELETE"], status=204)
def remove_file(caller: Caller, id: FileId) -> None:
    """Remove a file, or cancel its upload.

    The content and its thumbnails are deleted within a minute.
    """
    removal.remove(caller, id, clock.now())


@app.route("/v1/files/exports/{id}", methods=["GET"], errors=(NotFound, StepUpRequired, Busy))
def get_export(caller: Caller, id: ExportId) -> ExportView:
    """Get an export of your data.

    Once it is ready it links to the archive. Only its owner gets links, within ten minutes after
    signing in or a step-up; each has to be used within a minute, and stands in the audit log. The
    archive is deleted after a week.
    """
    return exports.get(caller, id, clock.now())


# ---- triggers ----------------------------------------------------------------------------------


@app.on_s3_event(bucket="files", prefix=bucket.INCOMING)
def inspector(created: S3Object) -> None:
    """Inspect an upload."""
    file_id = created.key.removeprefix(bucket.INCOMING)
    inspections.inspect(file_id, created.etag, clock.now())


@app.on_domain_events(*consumers.HANDLERS)
def events_worker(event: DomainEvent) -> None:
    """Consume the events of other features."""
    consumers.handle(event, clock.now())


@app.schedule(Rate(1, unit=Rate.MINUTES))
def sweeper(event: CloudWatchEvent) -> None:
    """Process the due records."""
    due_work.sweep(clock.now(), lambda: queues.seconds_left(event))


# ---- for operators -----------------------------------------------------------------------------


@app.operator_function()
def import_rows(request: ImportRowsRequest) -> ImportedRows:
    """Import images of portfolios from an earlier system."""
    return imported_rows.import_rows(request, earlier_files.KINDS, clock.now())


@app.operator_function(name="republish")
def republish_files(request: RepublishFilesRequest) -> RepublishedFiles:
    """Publish the clean files of these users again."""
    return republication.republish(request, clock.now())
