"""Tokens of the link "this was not me", which `auth.use_cases.reports` takes back.

Nothing is stored until one is used: a token holds what may be reported, sealed with the key that
seals refresh tokens at that moment. A leaked key that was replaced opens none. Its use is stored
until the token would have expired, so each works once (ADR 64).
"""

from datetime import datetime, timedelta

import msgspec

from auth.rules import codes
from auth.rules.errors import AttemptEnded
from auth.store import Transaction, UserItem, Writes
from auth.store import attempts as attempts_store
from auth.use_cases import token_keys
from auth.use_cases.attempts import Purpose
from shared.platform import base64url, sealing

LIFETIME = timedelta(days=7)
_LABEL = "report token"  # what is sealed for another purpose opens nothing


class Report(msgspec.Struct, frozen=True):
    """What may be reported.

    Attributes:
        user_id: The account.
        email: The address that the mail goes to.
        at: When it happened. What was added to the account since then, to sign in with, is removed.
        number: Random, so that no two tokens are alike.
    """

    user_id: str
    email: str
    at: datetime
    number: str


def issue(user: UserItem, now: datetime) -> str:
    """Return the token of a report, for the event that mails its link."""
    key_id, secret = token_keys.sealing_key(now)
    report = Report(user.user_id, user.email, now, codes.new_attempt_id())
    sealed = sealing.seal(msgspec.json.encode(report), sealing.derive(secret, _LABEL))
    return f"{key_id}.{base64url.encode(sealed)}"


def open_token(token: str, now: datetime) -> Report:
    """Return what a token reports.

    Raises:
        AttemptEnded: It is forged, used or expired.
    """
    report = _unseal(token, now)
    if report is None or now >= report.at + LIFETIME:
        raise AttemptEnded("Begin again.")
    if attempts_store.find(codes.hash_id(report.number)) is not None:
        raise AttemptEnded("This was reported before.")
    return report


def use(report: Report) -> Writes:
    """Return the write that uses a token up; it conflicts if it was used."""

    def write(writes: Transaction) -> None:
        item = attempts_store.new_item(codes.hash_id(report.number))
        item.purpose, item.subject = Purpose.REPORT.value, report.user_id
        item.tries_left = item.resends_left = 0
        item.expires_at = int((report.at + LIFETIME).timestamp())
        attempts_store.add(writes, item)

    return write


def _unseal(token: str, now: datetime) -> Report | None:
    key_id, _, text = token.partition(".")
    secret = token_keys.find_sealing_secret(key_id, now)
    if secret is None:
        return None
    try:
        record = sealing.unseal(base64url.decode(text), sealing.derive(secret, _LABEL))
    except (ValueError, sealing.NotAuthentic):
        return None
    return msgspec.json.decode(record, type=Report)
