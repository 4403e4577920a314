"""Rejection of an upload."""

from files.models import RejectionReason


class Rejected(Exception):
    """An upload differs from its announcement, or is not harmless."""

    def __init__(self, reason: RejectionReason) -> None:
        super().__init__(reason)
        self.reason = reason
