"""The door of files: routes and triggers."""

from chalice.app import CloudWatchEvent, Rate

from files import consumers
from files.events import FileCleaned, FileRejected, FileRemoved
from files.schemas import (
    ArrivedParts,
    FileEntry,
    Files,
    FilesQuery,
    FileView,
    PartsRequest,
    PartUrls,
    SomeFiles,
    SomeQuery,
    Upload,
    UploadRequest,
)
from files.store import bucket
from files.store import files as store
from files.use_cases import due_work, inspections, queries, removal, uploads
from shared.events import queues
from shared.events.domain_events import DomainEvent
from shared.events.s3_events import S3Object
from shared.http.app import FeatureApp
from shared.http.caller import Caller
from shared.platform import clock

app = FeatureApp("files", ready={"dynamodb": store.ping})
app.publishes(FileCleaned, FileRejected, FileRemoved)
app.health_route()
outbox = app.outbox_relay(table="files")


# ---- sending -----------------------------------------------------------------------------------


@app.route("/v1/files", methods=["POST"], status=201)
def announce_file(caller: Caller, body: UploadRequest) -> Upload:
    """Announce a file; the answer says how to send it, straight to storage.

    Up to 5 MiB: one POST of a form. Above that: parts of 5 MiB, whose URLs are asked for when they
    are needed. Size, type and checksum are held to what was announced.
    """
    return uploads.announce(caller, body, clock.now())


@app.route("/v1/files/{id}/parts", methods=["POST"], idempotent=False)
def part_urls(caller: Caller, id: str, body: PartsRequest) -> PartUrls:
    """Where to send these parts of the caller's upload, each with a PUT, within the hour."""
    return uploads.part_urls(caller, id, body, clock.now())


@app.route("/v1/files/{id}/parts", methods=["GET"])
def arrived_parts(caller: Caller, id: str) -> ArrivedParts:
    """Which parts arrived and which are missing: an upload that broke off goes on from there."""
    return uploads.arrived_parts(caller, id, clock.now())


@app.route("/v1/files/{id}/complete", methods=["POST"], status=202)
def complete_upload(caller: Caller, id: str) -> FileEntry:
    """Say that all parts were sent. The file is inspected then."""
    return uploads.complete(caller, id)


# ---- reading and removing ----------------------------------------------------------------------


@app.route("/v1/files", methods=["GET"])
def list_files(caller: Caller, query: FilesQuery) -> Files:
    """The caller's files, the newest first."""
    return queries.list_own(caller, query)


@app.route("/v1/files/some", methods=["GET"])
def some_files(caller: Caller, query: SomeQuery) -> SomeFiles:
    """Those of the files that are one's own or that one may read, with links: up to 24 at once."""
    return queries.some(caller, query, clock.now())


@app.route("/v1/files/public", methods=["GET"], public=True)
def public_files(query: SomeQuery) -> SomeFiles:
    """Those of the files that an artist's portfolio shows to everybody, with links."""
    return queries.public(query, clock.now())


@app.route("/v1/files/{id}", methods=["GET"])
def get_file(caller: Caller, id: str) -> FileView:
    """A file: one's own, or one that one may read. Links are good for five minutes."""
    return queries.get(caller, id, clock.now())


@app.route("/v1/files/{id}", methods=["DELETE"], status=204)
def remove_file(caller: Caller, id: str) -> None:
    """Remove the caller's file and all that was made of it, or give its upload up."""
    removal.remove(caller, id, clock.now())


# ---- what is heard, and what time brings ---------------------------------------------------------


@app.on_s3_event(bucket="files", prefix=bucket.INCOMING)
def inspector(created: S3Object) -> None:
    """Inspect what was uploaded."""
    file_id = created.key.removeprefix(bucket.INCOMING)
    inspections.inspect(file_id, created.etag, clock.now())


@app.on_domain_events(*consumers.HANDLERS)
def events_worker(event: DomainEvent) -> None:
    """Learn who may read what, and erase what is kept of a deleted user."""
    consumers.handle(event, clock.now())


@app.schedule(Rate(1, unit=Rate.MINUTES))
def sweeper(event: CloudWatchEvent) -> None:
    """Do what time alone brings about."""
    due_work.sweep(clock.now(), lambda: queues.seconds_left(event))
