"""Files that people show: each must be a clean one of their own."""

from collections.abc import Collection
from datetime import datetime

from domain.errors import FieldError, InvalidFields
from profiles.events import FileCleaned, FileRemoved
from profiles.models.files import File
from profiles.store import files as store
from shared.data import clean_files
from shared.data.clean_files import CleanFile
from shared.events.domain_events import DomainEvent, decode_data
from shared.http.caller import Caller

IMAGES = ("image",)
IMAGES_AND_VIDEOS = ("image", "video")


def require_own(caller: Caller, file_id: str, field: str, families: Collection[str]) -> None:
    """Check that a file is a clean one of the caller, of one of these families of media types.

    Files of others get the same message as files that do not exist. The event that a file is
    clean may still be on its way.

    Raises:
        InvalidFields: It is not; `field` names it.
    """
    file: File | CleanFile | None = store.find_file(file_id)
    if file is None or file.owner_id != caller.user_id:
        file = clean_files.find_one(file_id, caller.user_id)
    if file is None:
        raise InvalidFields(FieldError(field, "is not one of your clean files"))
    if _get_family(file) not in families:
        raise InvalidFields(FieldError(field, f"must be an {' or a '.join(families)}"))


def is_image(file_id: str) -> bool:
    """Return whether a file is a clean image."""
    file = store.find_file(file_id)
    return file is not None and _get_family(file) in IMAGES


def is_image_of(file_id: str, owner_id: str) -> bool:
    """Return whether a file is a clean image of a user."""
    file = store.find_file(file_id)
    return file is not None and file.owner_id == owner_id and _get_family(file) in IMAGES


def handle_file_cleaned(event: DomainEvent, _now: datetime) -> None:
    """Allow the file's owner to show it."""
    file = decode_data(event, FileCleaned)
    store.save_file(File(file.file_id, file.owner_id, file.content_type, file.record_version))


def handle_file_removed(event: DomainEvent, now: datetime) -> None:
    """Forbid to show the file from now on."""
    file = decode_data(event, FileRemoved)
    store.remove_file(file.file_id, file.record_version, now)


def _get_family(file: File | CleanFile) -> str:
    return file.content_type.partition("/")[0]
