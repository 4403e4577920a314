"""What files tells the others."""

from files.models import Reason
from files.rules.file_types import Purpose
from shared.events.domain_events import EventData


class FileCleaned(EventData, frozen=True):
    """A file was found clean and may be referred to. `size` and pixels are of what is kept."""

    type = "file.cleaned"

    file_id: str
    owner_id: str
    purpose: Purpose
    name: str
    content_type: str
    size: int
    width: int | None
    height: int | None
    record_version: int


class FileRejected(EventData, frozen=True):
    """A file was not found clean, and is gone."""

    type = "file.rejected"

    file_id: str
    owner_id: str
    reason: Reason
    record_version: int


class FileRemoved(EventData, frozen=True):
    """A file that was clean is gone: whoever refers to it must forget it."""

    type = "file.removed"

    file_id: str
    owner_id: str
    record_version: int
