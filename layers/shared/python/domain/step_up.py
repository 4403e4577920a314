"""Step-up: sensitive changes need a recent proof of who the user is (OWASP ASVS 7.5.1)."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum

from domain.errors import Forbidden

MAX_AGE = timedelta(minutes=10)


class Way(StrEnum):
    """How a user proves who they are: at `POST /v1/auth/step-up`, or by signing in again."""

    PASSWORD = "password"  # noqa: S105
    CODE = "code"
    PASSKEY = "passkey"
    SIGN_IN = "sign_in"


class StepUpRequired(Forbidden):
    """Prove again who you are, at `POST /v1/auth/step-up` or by signing in: `accepts` says how."""

    code = "step_up_required"

    def __init__(self, ways: Iterable[Way] = Way) -> None:
        super().__init__("Prove again who you are, and repeat this within ten minutes.")
        self.accepts = tuple(ways)


def is_fresh(authenticated_at: datetime | None, now: datetime) -> bool:
    """Return whether a proof is recent enough; one whose time is unknown is not."""
    return authenticated_at is not None and now - authenticated_at <= MAX_AGE
