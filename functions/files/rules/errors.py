"""Expected errors of files, one class per code."""

from domain.errors import StateConflict


class NotInParts(StateConflict):
    """The file is uploaded by a form, not in parts."""

    code = "not_in_parts"


class PartsMissing(StateConflict):
    """The upload cannot be completed while parts are missing; the detail lists them."""

    code = "parts_missing"


class QuotaUsedUp(StateConflict):
    """The file would exceed the caller's quota of files or bytes for this purpose."""

    code = "quota_used_up"


class UploadOver(StateConflict):
    """The upload was completed, expired or cancelled."""

    code = "upload_over"
