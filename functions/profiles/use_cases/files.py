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
MAX_FOUND = 100  # files of one read


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
    if fault := _find_fault(file, families):
        raise InvalidFields(FieldError(field, fault))


def require_all_own(
    caller: Caller, file_ids: Collection[str], field: str, families: Collection[str]
) -> None:
    """Check that up to 100 files are clean ones of the caller, as `require_own` does.

    One read, and one of each file whose event is still on its way.

    Raises:
        InvalidFields: Some are not; `field` is their list, and the errors name places in it.
    """
    stored = store.find_files(file_ids)
    found: dict[str, File | CleanFile] = {
        file.id: file for file in stored.values() if file.owner_id == caller.user_id
    }
    if missing := [file_id for file_id in file_ids if file_id not in found]:
        found |= clean_files.find(missing, caller.user_id)
    wrong = []
    for place, file_id in enumerate(file_ids):
        fault = _find_fault(found.get(file_id), families)
        if fault is not None:
            wrong.append(FieldError(f"{field}[{place}]", fault))
    if wrong:
        raise InvalidFields(*wrong)


def _find_fault(file: File | CleanFile | None, families: Collection[str]) -> str | None:
    if file is None:
        return "is not one of your clean files"
    if _get_family(file) not in families:
        return f"must be an {' or a '.join(families)}"
    return None


def list_images(file_ids: Collection[str]) -> list[File]:
    """Return those of up to 100 files that are clean images, in order, with one read."""
    found = store.find_files(file_ids)
    files = [found[file_id] for file_id in file_ids if file_id in found]
    return [file for file in files if _get_family(file) in IMAGES]


def is_image_of(file_id: str, owner_id: str) -> bool:
    """Return whether a file is a clean image of a user."""
    file = store.find_file(file_id)
    return file is not None and file.owner_id == owner_id and _get_family(file) in IMAGES


def handle_file_cleaned(event: DomainEvent, _now: datetime) -> None:
    """Allow the file's owner to show it."""
    file = decode_data(event, FileCleaned)
    store.save_file(
        File(file.file_id, file.owner_id, file.content_type, file.record_version, file.alt_text)
    )


def handle_file_removed(event: DomainEvent, now: datetime) -> None:
    """Forbid to show the file from now on."""
    file = decode_data(event, FileRemoved)
    store.remove_file(file.file_id, file.record_version, now)


def _get_family(file: File | CleanFile) -> str:
    return file.content_type.partition("/")[0]
