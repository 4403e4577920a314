"""Rejection of an upload."""

from files.models import RejectionReason


class Rejected(Exception):
    """Raised when an upload is not what was announced, or is not harmless."""

    def __init__(self, reason: RejectionReason) -> None:
        super().__init__(reason)
        self.reason = reason
