"""Expected errors of files: one class per code."""

from domain.errors import StateConflict


class NotInParts(StateConflict):
    """This file is sent in one request."""

    code = "not_in_parts"


class PartsMissing(StateConflict):
    """These parts did not arrive yet: {listed}."""

    code = "parts_missing"


class PersonGone(StateConflict):
    """This account was deleted."""

    code = "person_gone"


class QuotaUsedUp(StateConflict):
    """For {request.purpose} you may keep {allowance.count} files of "
    f"{_mib(allowance.bytes)} MiB in all; you have {usage.count} of {_mib(usage.bytes)} "
    f"MiB, and this one has {_mib(request.size)} MiB. Remove some first."""

    code = "quota_used_up"


class UploadOver(StateConflict):
    """This upload is over: completed, expired or given up."""

    code = "upload_over"
