"""Republication: clean files are published again, for features that began to keep copies of them.

An operator's command asks for it. The events are those of the files' present versions, so a copy
that is as new or newer stays as it is.
"""

from datetime import datetime

from files import events
from files.models import FileStatus
from files.schemas import RepublishedFiles, RepublishFilesRequest
from files.store import files as store
from shared.events.domain_events import new_event

PAGE_SIZE = 50  # files, whose events one transaction saves


def republish(request: RepublishFilesRequest, now: datetime) -> RepublishedFiles:
    """Publish the clean files of some users again, and return their number."""
    return RepublishedFiles(sum(_republish(user_id, now) for user_id in request.user_ids))


def _republish(user_id: str, now: datetime) -> int:
    after, published = None, 0
    while True:
        page, after = store.list_files(user_id, None, after, PAGE_SIZE)
        clean = [file for file in page if file.status is FileStatus.CLEAN]
        if clean:  # DynamoDB takes no transaction without writes
            store.publish(
                [new_event("files", file.id, events.cleaned_data(file), now) for file in clean]
            )
        published += len(clean)
        if after is None:
            return published
