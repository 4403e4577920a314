"""Versions: their ids, their terms, and the proof that they never changed."""

import re
from collections.abc import Iterable
from datetime import datetime
from hashlib import sha256
from typing import Any

import msgspec

from domain.policy_terms.rules import Kind, Rules, kind_of
from domain.values import Value

_ULID = "[0-7][0-9A-HJKMNP-TV-Z]{25}"
_USER_ID = re.compile(f"usr_({_ULID})")
_SERVICE_ID = re.compile(f"svc_({_ULID})_({_ULID})")
_VERSION_ID = re.compile(
    f"pol_({_ULID})(?:_({_ULID}))?_({'|'.join(Kind)})(?:-([a-z0-9-]+))?_([1-9][0-9]{{0,5}})"
)
_FORM = re.compile("[a-z0-9]+(-[a-z0-9]+)*")
_FORM_LENGTH = 40


class VersionId(msgspec.Struct, frozen=True):
    """What the id of a version says: whose, for which service (None: all), of what, which number.

    As text: `pol_<artist's ULID>[_<service's own ULID>]_<kind>[-<form>]_<number>`; so one read
    finds the version, and who receives an id knows what it is about.
    """

    artist_id: str
    service_id: str | None
    kind: Kind
    number: int
    form: str | None = None  # of a consent form, and only there

    def __str__(self) -> str:
        """The id. Raises ValueError for ids that are not ours, or a service of another artist."""
        artist = _USER_ID.fullmatch(self.artist_id)
        if artist is None:
            raise ValueError(f"not a user id: {self.artist_id!r}")
        parts = ["pol", artist[1]]
        if self.service_id is not None:
            service = _SERVICE_ID.fullmatch(self.service_id)
            if service is None:
                raise ValueError(f"not a service id: {self.service_id!r}")
            parts.append(service[2])
        subject = self.kind.value if self.form is None else f"{self.kind.value}-{self.form}"
        text = "_".join([*parts, subject, str(self.number)])
        # Another artist's service, or a number or form out of bounds, does not come back the same.
        if parse_version_id(text) != self:
            raise ValueError(f"not a version: {text!r}")
        return text


def version_id(
    artist_id: str, service_id: str | None, kind: Kind, number: int, form: str | None = None
) -> str:
    """The id of a version. Raises ValueError for ids that are not ours."""
    return str(VersionId(artist_id, service_id, kind, number, form))


def parse_version_id(text: str) -> VersionId | None:
    """What the id says; None for nonsense."""
    match = _VERSION_ID.fullmatch(text)
    if match is None:
        return None
    artist, service, kind, form, number = match.groups()
    if (form is not None) != (kind == Kind.CONSENT) or not _is_form(form):
        return None
    service_id = f"svc_{artist}_{service}" if service else None
    return VersionId(f"usr_{artist}", service_id, Kind(kind), int(number), form)


def owner_of_service(service_id: str) -> str | None:
    """The id of the artist whose service this is, which its id says; None for nonsense."""
    match = _SERVICE_ID.fullmatch(service_id)
    return f"usr_{match[1]}" if match else None


def _is_form(form: str | None) -> bool:
    return form is None or (len(form) <= _FORM_LENGTH and _FORM.fullmatch(form) is not None)


class Terms(Value, frozen=True):
    """One published version as features keep it beside what they bind to it: all but its text."""

    artist_id: str
    service_id: str | None  # None: all services that have none of their own
    kind: Kind
    number: int
    version_id: str
    text_hash: str  # SHA-256 of the exact text in UTF-8, in hex
    rules: Rules
    published_at: datetime

    def __post_init__(self) -> None:
        """Raise ValueError for rules of another kind."""
        if kind_of(self.rules) is not self.kind:
            raise ValueError("the rules are of another kind")


def text_hash(text: str) -> str:
    """SHA-256 of the exact text in UTF-8, in hex."""
    return sha256(text.encode()).hexdigest()


def digest(terms: Iterable[Terms]) -> str:
    """SHA-256 in hex over a set of terms, in whatever order: equal as long as nothing changed.

    It covers JSON with sorted keys and without what is None, so that a field which is added to
    the rules one day leaves the digests of what was bound before as they were.
    """
    found = sorted(terms, key=lambda one: one.version_id)
    canonical = msgspec.json.encode([_without_none(one) for one in found], order="deterministic")
    return sha256(canonical).hexdigest()


def _without_none(value: Any) -> Any:
    builtins = msgspec.to_builtins(value)
    if isinstance(builtins, dict):
        return {key: _without_none(one) for key, one in builtins.items() if one is not None}
    if isinstance(builtins, list | tuple):
        return [_without_none(one) for one in builtins]
    return builtins
