"""Versions of policies: their ids, their terms, and the digest that proves them unchanged."""

import re
from collections.abc import Iterable
from hashlib import sha256
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from domain.policy_terms.rules import PolicyKind, Rules, kind_of
from domain.types import ArtistId, Instant, ServiceId
from domain.values import Value

_ULID = "[0-7][0-9A-HJKMNP-TV-Z]{25}"
_USER_ID = re.compile(f"usr_({_ULID})")
_SERVICE_ID = re.compile(f"svc_({_ULID})_({_ULID})")
_VERSION_ID = re.compile(
    f"pol_({_ULID})(?:_({_ULID}))?_({'|'.join(PolicyKind)})(?:-([a-z0-9-]+))?_([1-9][0-9]{{0,5}})"
)
_FORM = re.compile("[a-z0-9]+(-[a-z0-9]+)*")
_FORM_LENGTH = 40

PolicyVersionId = Annotated[
    str,
    Meta(
        description="Id of a policy version.",
        examples=["pol_01JD2Z5Q0V8XKM3F7T9B4N6RWC_deposit_2"],
    ),
]
VersionNumber = Annotated[
    int,
    Meta(
        description="Number of the version within its subject: a kind of policy, or one consent "
        "form, of the artist or of one service.",
        examples=[2],
    ),
]
TextHash = Annotated[
    str,
    Meta(
        description="SHA-256 of the exact text in UTF-8, in lowercase hexadecimal.",
        examples=["849d2c7ac7863a25b8b1e2a0c206f88260c9dc62980fe783ecede74a3fc05b3a"],
    ),
]


class VersionId(msgspec.Struct, frozen=True):
    """The parts of a version's id.

    As text: `pol_<artist's ULID>[_<service's own ULID>]_<kind>[-<form>]_<number>`. So one read
    finds the version, and a consumer that receives an id knows what it is about.

    Attributes:
        service_id: The service that the version is for; None for all of them.
        form: Slug of the consent form; None for every other kind.
    """

    artist_id: str
    service_id: str | None
    kind: PolicyKind
    number: int
    form: str | None = None

    def __str__(self) -> str:
        """Return the id.

        Raises:
            ValueError: An id is malformed, or the service belongs to another artist.
        """
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
    artist_id: str, service_id: str | None, kind: PolicyKind, number: int, form: str | None = None
) -> str:
    """Return the id of a version.

    Raises:
        ValueError: An id is malformed, or the service belongs to another artist.
    """
    return str(VersionId(artist_id, service_id, kind, number, form))


def parse_version_id(text: str) -> VersionId | None:
    """Return the parts of a version's id, or None if it is malformed."""
    match = _VERSION_ID.fullmatch(text)
    if match is None:
        return None
    artist, service, kind, form, number = match.groups()
    if (form is not None) != (kind == PolicyKind.CONSENT) or not _is_form(form):
        return None
    service_id = f"svc_{artist}_{service}" if service else None
    return VersionId(f"usr_{artist}", service_id, PolicyKind(kind), int(number), form)


def owner_of_service(service_id: str) -> str | None:
    """Return the id of the artist who offers a service, or None if the id is malformed.

    A service's id contains that of its artist.
    """
    match = _SERVICE_ID.fullmatch(service_id)
    return f"usr_{match[1]}" if match else None


def _is_form(form: str | None) -> bool:
    return form is None or (len(form) <= _FORM_LENGTH and _FORM.fullmatch(form) is not None)


class Terms(Value, frozen=True):
    """A published version without its text, as features copy it to the records bound to it.

    Attributes:
        service_id: Id of the service that the version is for; null for all services that have no
            version of their own. Example: null
        kind: What the policy is about. Example: deposit
        rules: Rules of this kind.
        published_at: Instant when the version was published.
    """

    artist_id: ArtistId
    service_id: ServiceId | None
    kind: PolicyKind
    number: VersionNumber
    version_id: PolicyVersionId
    text_hash: TextHash
    rules: Rules
    published_at: Instant

    def __post_init__(self) -> None:
        """Check that the rules are of this kind.

        Raises:
            ValueError: The rules are of another kind.
        """
        if kind_of(self.rules) is not self.kind:
            raise ValueError("the rules are of another kind")


def text_hash(text: str) -> str:
    """Return the SHA-256 of the exact text in UTF-8, in lowercase hexadecimal."""
    return sha256(text.encode()).hexdigest()


def digest(terms: Iterable[Terms]) -> str:
    """Return the SHA-256, in hexadecimal, of a set of terms in any order.

    Two digests are equal as long as nothing changed. The hash covers JSON with sorted keys and
    without nulls, so that a field which is added to the rules later leaves the digests of earlier
    bookings as they were.
    """
    ordered = sorted(terms, key=lambda version: version.version_id)
    canonical = msgspec.json.encode(
        [_without_none(version) for version in ordered], order="deterministic"
    )
    return sha256(canonical).hexdigest()


def _without_none(value: Any) -> Any:
    builtins = msgspec.to_builtins(value)
    if isinstance(builtins, dict):
        return {key: _without_none(item) for key, item in builtins.items() if item is not None}
    if isinstance(builtins, list | tuple):
        return [_without_none(item) for item in builtins]
    return builtins
