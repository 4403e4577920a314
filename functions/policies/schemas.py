"""Requests and responses of the policies API."""

from typing import Annotated, Literal

from msgspec import Meta

from domain.imported_rows import ImportedRow
from domain.policy_terms import (
    PolicyKind,
    PolicyVersionId,
    Rules,
    Slug,
    TextHash,
    VersionNumber,
)
from domain.types import (
    AppointmentId,
    ArtistId,
    Cursor,
    FilledLine,
    FilledText,
    Instant,
    NextCursor,
    ServiceId,
)
from policies.models import AcceptanceId, LinkHash, LinkNumber
from policies.rules.hash_chain import Signatory
from shared.http.decoding import Input, Output

ArtistIdInput = Annotated[ArtistId, Meta(max_length=40)]
ServiceIdInput = Annotated[ServiceId, Meta(max_length=80)]
PolicyKindName = Annotated[
    str,
    Meta(
        description="What the policy is about.",
        examples=["deposit"],
        extra_json_schema={"enum": sorted(PolicyKind)},
    ),
]
DraftVersion = Annotated[
    str,
    Meta(
        max_length=40,
        description="Version of the draft; it changes with every save.",
        examples=["rev_01JD2Z5Q0V8XKM3F7T9B4N6RWC"],
    ),
]
PolicyText = Annotated[
    FilledText,
    Meta(
        max_length=20_000,
        description="Text of the policy, for people.",
        examples=["A deposit of 50 % of the price secures your booking."],
    ),
]
CursorInput = Annotated[Cursor, Meta(max_length=1024)]
Limit = Annotated[int, Meta(ge=1, le=50, description="Number of items on a page.", examples=[20])]


# ---- requests ----------------------------------------------------------------------------------


class PoliciesQuery(Input, frozen=True):
    """A page of an artist's policies in force, in general or for one of their services.

    Attributes:
        service_id: Id of a service of the artist; without it, the policies that hold in general.
    """

    artist_id: ArtistIdInput
    service_id: ServiceIdInput | None = None
    cursor: CursorInput | None = None
    limit: Limit = 20


class PolicyVersionsQuery(Input, frozen=True):
    """A page of the published versions of one subject.

    Attributes:
        kind: What the policy is about. Example: deposit
        service_id: Id of a service of the artist; without it, the artist's general versions.
        form: Slug of the consent form; required for `consent`, and only allowed there.
    """

    artist_id: ArtistIdInput
    kind: PolicyKind
    service_id: ServiceIdInput | None = None
    form: Slug | None = None
    cursor: CursorInput | None = None
    limit: Limit = 20


class PolicyDraftsQuery(Input, frozen=True):
    """A page of the caller's drafts."""

    cursor: CursorInput | None = None
    limit: Limit = 20


class PolicySubjectQuery(Input, frozen=True):
    """The service and the consent form that a policy is for.

    Attributes:
        service_id: Id of a service of the caller; without it, the caller's general policy.
        form: Slug of the consent form; required for `consent`, and only allowed there.
    """

    service_id: ServiceIdInput | None = None
    form: Slug | None = None


class PolicyDraftRequest(Input, frozen=True):
    """A draft of a policy.

    Attributes:
        rules: Rules of the kind in the path.
        service_id: Id of the caller's service that the policy is for; without it, for all
            services that have no policy of this kind of their own.
    """

    text: PolicyText
    rules: Rules
    service_id: ServiceIdInput | None = None


class PublishPolicyRequest(Input, frozen=True):
    """The draft to publish.

    Attributes:
        version: Version of the draft that was read; the request is refused if it has changed since.
            Example: rev_01JD2Z5Q0V8XKM3F7T9B4N6RWC
        service_id: Id of the caller's service that the draft is for; without it, the general
            draft.
        form: Slug of the consent form; required for `consent`, and only allowed there.
            Example: null
    """

    version: DraftVersion
    service_id: ServiceIdInput | None = None
    form: Slug | None = None


class AcceptPolicyRequest(Input, frozen=True):
    """An acceptance of a version.

    Attributes:
        text_hash: SHA-256 of the text that was shown, in lowercase hexadecimal.
        signature: Name as typed by the signatory. Only a consent form that requires no signature
            is accepted without it. Example: Ada Lovelace
        appointment_id: Id of the appointment that the version is accepted for: one of the caller
            with the artist. A booking is known here some seconds later.
    """

    text_hash: Annotated[TextHash, Meta(pattern="^[0-9a-f]{64}$")]
    signature: Annotated[FilledLine, Meta(max_length=200)] | None = None
    appointment_id: Annotated[AppointmentId, Meta(pattern="^apt_[0-9A-Z]{26}$")] | None = None


class PolicyAcceptancesQuery(Input, frozen=True):
    """A page of the acceptances that the caller gave or received.

    Attributes:
        side: `given` by the caller, or `received` by them as an artist. By default an artist sees
            those they received, everybody else those they gave.
    """

    side: Literal["given", "received"] | None = None
    cursor: CursorInput | None = None
    limit: Limit = 20


# ---- responses ---------------------------------------------------------------------------------


class PolicyVersion(Output, frozen=True):
    """A published version. Only `withdrawnAt` ever changes.

    Attributes:
        service_id: Id of the service that the version is for; null for all services that have no
            version of their own. Example: null
        kind: What the policy is about. Example: deposit
        rules: Rules of this kind.
        published_at: Instant when the version was published.
        withdrawn_at: Instant when the artist withdrew the version; null if they did not.
            Example: null
    """

    artist_id: ArtistId
    service_id: ServiceId | None
    kind: PolicyKind
    number: VersionNumber
    version_id: PolicyVersionId
    text: PolicyText
    text_hash: TextHash
    rules: Rules
    published_at: Instant
    withdrawn_at: Instant | None = None


class PolicyList(Output, frozen=True):
    """A page of the policies in force: one of each kind, then one of each consent form.

    A page has at most 1 MiB, so it may hold fewer items than `limit`.

    Attributes:
        items: Versions, by kind and form.
    """

    items: list[PolicyVersion]
    next_cursor: NextCursor


class PolicyVersionList(Output, frozen=True):
    """A page of versions. It has at most 1 MiB, so it may hold fewer items than `limit`.

    Attributes:
        items: Versions, newest first.
    """

    items: list[PolicyVersion]
    next_cursor: NextCursor


class PolicyDraft(Output, frozen=True):
    """A draft, which only its artist sees.

    Attributes:
        kind: What the policy is about. Example: deposit
        service_id: Id of the service that the policy is for; null for the artist in general.
            Example: null
        form: Slug of the consent form; null for every other kind. Example: null
        rules: Rules of this kind.
        saved_at: Instant when the draft was saved.
    """

    kind: PolicyKind
    service_id: ServiceId | None
    form: str | None
    text: PolicyText
    rules: Rules
    saved_at: Instant
    version: DraftVersion


class PolicyDraftList(Output, frozen=True):
    """A page of drafts. It has at most 1 MiB, so it may hold fewer items than `limit`.

    Attributes:
        items: The caller's drafts.
    """

    items: list[PolicyDraft]
    next_cursor: NextCursor


class PolicyAcceptance(Output, frozen=True):
    """An acceptance: one link of the artist's chain.

    Attributes:
        appointment_id: Id of the appointment that the version was accepted for; null for none.
        accepted_at: Instant of the acceptance.
        signatory: Who accepted; null once their account was deleted.
        intact: Whether hash and signatory still match. Links that are missing before it are found
            by the verification of the chain only. Example: true
    """

    id: AcceptanceId
    artist_id: ArtistId
    number: LinkNumber
    version_id: PolicyVersionId
    text_hash: TextHash
    appointment_id: AppointmentId | None
    accepted_at: Instant
    hash: LinkHash
    signatory: Signatory | None
    intact: bool


class UnreadableAcceptance(Output, frozen=True):
    """The place of an acceptance that cannot be read any more: it was removed or overwritten.

    Attributes:
        number: Number in the artist's chain; null where even that cannot be read. Example: 17
    """

    artist_id: ArtistId
    number: int | None


class PolicyAcceptanceList(Output, frozen=True):
    """A page of acceptances.

    Attributes:
        items: Acceptances, newest first.
        unreadable: Acceptances of this page that cannot be read any more, newest first.
    """

    items: list[PolicyAcceptance]
    unreadable: list[UnreadableAcceptance]
    next_cursor: NextCursor


class AcceptanceVerification(Output, frozen=True):
    """The result of verifying an artist's chain of acceptances.

    Attributes:
        valid: Whether every link is as it was appended and none is missing.
        count: Number of valid links before the first broken one. Example: 17
        head: Hash of the last valid link; null if there is none.
            Example: 3f79bb7b435b05321651daefd374cdc681dc06faa65e374e38337b88ca046dea
        broken_at: Number of the first link that was changed, removed or inserted; null if the
            chain is valid. Example: null
    """

    valid: bool
    count: int
    head: LinkHash | None
    broken_at: int | None


# ---- imports of an earlier system ----------------------------------------------------------------


class ImportedPolicy(ImportedRow, frozen=True, rename="camel"):
    """A policy of an earlier system: a text, for one of the kinds that have default rules.

    Attributes:
        saved_at: When it was saved last.
    """

    artist_id: ArtistIdInput
    kind: Literal["deposit", "design", "reschedule", "cancellation"]
    text: PolicyText
    saved_at: Instant
