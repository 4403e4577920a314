"""What becomes of an upload that is not clean."""

from files.models import Reason


class Rejected(Exception):
    """The upload is not what it claims, or not harmless."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason = reason
