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
        at: When it happened. What was added to the account since then, to sign in with, is removed.
    """

    email: str
    at: datetime


def begin(user: UserItem, now: datetime) -> Attempt:
    """Return the attempt of a report, to be stored with the event that mails its link."""
    report = Report(user.email, now)
    return attempts.begin(
        Purpose.REPORT, user.user_id, now, data=report, code=None, lifetime=LIFETIME
    )
