"""Tokens of the link "this was not me", which `auth.use_cases.reports` takes back."""

from datetime import datetime, timedelta

import msgspec

from auth.store import UserItem
from auth.use_cases import attempts
from auth.use_cases.attempts import Attempt, Purpose

LIFETIME = timedelta(days=7)


class Report(msgspec.Struct, frozen=True):
    """What may be reported.

    Attributes:
        email: The address that the mail goes to.
        removes_totp: Whether the report removes the authenticator app, which is what the mail is
            about.
        unlinks: Id of the identity provider that the report unlinks, which is what the mail is
            about.
    """

    email: str
    removes_totp: bool = False
    unlinks: str | None = None


def begin(
    user: UserItem, now: datetime, *, removes_totp: bool = False, unlinks: str | None = None
) -> Attempt:
    """Return the attempt of a report, to be stored with the event that mails its link."""
    report = Report(user.email, removes_totp, unlinks)
    return attempts.begin(
        Purpose.REPORT, user.user_id, now, data=report, code=None, lifetime=LIFETIME
    )
