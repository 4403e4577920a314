"""What policies is asked, answers and tells."""

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from domain.policy_terms import Kind, Rules, Slug, Terms
from shared.events.domain_events import EventData
from shared.http.decoding import Input, Output

ArtistId = Annotated[str, Meta(max_length=40)]
ServiceId = Annotated[str, Meta(max_length=80)]
Text = Annotated[str, Meta(min_length=1, max_length=20_000, pattern=r"\S")]
Limit = Annotated[int, Meta(ge=1, le=50)]
Cursor = Annotated[str, Meta(max_length=1024)]


# ---- what is asked -----------------------------------------------------------------------------


class PoliciesQuery(Input, frozen=True):
    """Whose policies; with `serviceId`, those that hold for this service."""

    artist_id: ArtistId
    service_id: ServiceId | None = None


class VersionsQuery(Input, frozen=True):
    """Whose versions of which kind; of consent, which `form`."""

    artist_id: ArtistId
    kind: Kind
    service_id: ServiceId | None = None
    form: Slug | None = None
    cursor: Cursor | None = None
    limit: Limit = 20


class DraftsQuery(Input, frozen=True):
    """One page of the caller's drafts."""

    cursor: Cursor | None = None
    limit: Limit = 20


class SubjectQuery(Input, frozen=True):
    """For which service (all, when it is left out), and of consent, which form."""

    service_id: ServiceId | None = None
    form: Slug | None = None


class DraftRequest(Input, frozen=True):
    """A policy as the artist would publish it: for one service, or for all without their own."""

    text: Text
    rules: Rules
    service_id: ServiceId | None = None


class PublishRequest(Input, frozen=True):
    """Which draft: for which service, and of consent, which form."""

    service_id: ServiceId | None = None
    form: Slug | None = None


class AcceptanceRequest(Input, frozen=True):
    """Accept a version. `textHash` proves which text was shown; `signature` is the typed name."""

    text_hash: Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]
    signature: Annotated[str, Meta(min_length=1, max_length=200, pattern=r"\S")] | None = None
    appointment_id: Annotated[str, Meta(pattern="^apt_[0-9A-Z]{26}$")] | None = None


class AcceptancesQuery(Input, frozen=True):
    """One page: what was `given` by the caller or `received` by them as the artist.

    Without `side` an artist sees what they received, everybody else what they gave.
    """

    side: Literal["given", "received"] | None = None
    cursor: Cursor | None = None
    limit: Limit = 20


# ---- what is answered --------------------------------------------------------------------------


class PolicyVersion(Output, frozen=True):
    """A published version, which never changes. `withdrawnAt`: when the artist ended it, if so."""

    artist_id: str
    service_id: str | None
    kind: Kind
    number: int
    version_id: str
    text: str
    text_hash: str
    rules: Rules
    published_at: datetime
    withdrawn_at: datetime | None = None


class Policies(Output, frozen=True):
    """All that is in force, one version per kind and per consent form."""

    items: list[PolicyVersion]


class PolicyVersions(Output, frozen=True):
    """Versions, the newest first."""

    items: list[PolicyVersion]
    next_cursor: str | None


class PolicyDraft(Output, frozen=True):
    """What the artist works on; nobody else sees it."""

    kind: Kind
    service_id: str | None
    form: str | None
    text: str
    rules: Rules
    saved_at: datetime


class PolicyDrafts(Output, frozen=True):
    """The artist's drafts."""

    items: list[PolicyDraft]
    next_cursor: str | None


class Signatory(Output, frozen=True):
    """Who accepted, and how. All of it is erased when they delete their account."""

    user_id: str
    ip: str
    user_agent: str
    signature: str | None


class Acceptance(Output, frozen=True):
    """One link of an artist's chain. `signatory` is null once their account was deleted."""

    id: str
    artist_id: str
    number: int
    version_id: str
    text_hash: str
    appointment_id: str | None
    accepted_at: datetime
    hash: str
    signatory: Signatory | None


class Acceptances(Output, frozen=True):
    """Acceptances, the newest first."""

    items: list[Acceptance]
    next_cursor: str | None


class Verification(Output, frozen=True):
    """Whether the chain is whole.

    `count` links hold; `head` is the hash of the last of them, null without any; `brokenAt` is the
    number of the first link that is not what it was, or is missing.
    """

    valid: bool
    count: int
    head: str | None
    broken_at: int | None


# ---- what is told ------------------------------------------------------------------------------


class PolicyPublished(EventData, frozen=True):
    """A version holds from now on, before every one of its subject with a smaller number.

    Its subject is the artist, the service if any, the kind, and of consent the form.
    """

    type = "policy.published"

    terms: Terms


class PolicyWithdrawn(EventData, frozen=True):
    """Versions of this subject up to `number` hold no longer; one with a greater number may."""

    type = "policy.withdrawn"

    artist_id: str
    service_id: str | None
    kind: Kind
    form: str | None
    number: int
    version_id: str
    withdrawn_at: datetime


class PolicyAccepted(EventData, frozen=True):
    """Somebody accepted a version. `number` and `hash` are those of the link in the chain."""

    type = "policy.accepted"

    acceptance_id: str
    artist_id: str
    user_id: str
    version_id: str
    text_hash: str
    appointment_id: str | None
    accepted_at: datetime
    number: int
    hash: str


# ---- what is heard -----------------------------------------------------------------------------


class UserDeleted(msgspec.Struct, frozen=True, rename="camel"):
    """`user.deleted`, only what is read here, whatever else it holds."""

    user_id: str
