"""Descriptions of files, by their owners, for people who do not see them."""

from datetime import datetime

import msgspec
from msgspec import UNSET

from files.events import cleaned_data
from files.models import FileStatus
from files.schemas import FileView, UpdateFileRequest
from files.store import files as store
from files.use_cases import queries
from shared.data.conflicts import retry_on_conflict
from shared.events.domain_events import new_event
from shared.http.caller import Caller


@retry_on_conflict
def update(caller: Caller, file_id: str, request: UpdateFileRequest, now: datetime) -> FileView:
    """Change the description of the caller's own file, in any status.

    Features that keep a copy of a clean file get its new version.

    Raises:
        NotFound: There is no such file, or it is not the caller's.
    """
    file = queries.get_own(caller, file_id)
    alt_text = file.alt_text if request.alt_text is UNSET else request.alt_text
    if alt_text == file.alt_text:
        return queries.present(file, now)
    described = msgspec.structs.replace(file, alt_text=alt_text, version=file.version + 1)
    is_clean = file.status is FileStatus.CLEAN
    events = [new_event("files", file.id, cleaned_data(described), now)] if is_clean else []
    store.commit(file, described, events=events)
    return queries.present(described, now)
