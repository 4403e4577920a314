"""Files that were found clean a moment ago: the event that says so is still on its way."""

from datetime import UTC, datetime

from files.models import CleanContent, File, FileStatus
from files.rules.file_types import QUOTAS, FilePurpose
from files.store import files as store

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def create(
    owner_id: str,
    file_id: str,
    content_type: str = "image/jpeg",
    purpose: FilePurpose = FilePurpose.MESSAGE,
    status: FileStatus = FileStatus.CLEAN,
) -> str:
    """Store a file as files does once it is decided, deliver no event, and return its id."""
    file = File(
        id=file_id,
        owner_id=owner_id,
        purpose=purpose,
        name="arm.jpg",
        content_type=content_type,
        size=1000,
        sha256="0" * 64,
        status=status,
        created_at=NOW,
        upload_until=NOW,
        reserved=1000,
        content=CleanContent(1000) if status is FileStatus.CLEAN else None,
    )
    store.create_file(file, QUOTAS[purpose])
    return file_id
