"""Records of policies, as use cases see them."""

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from domain.policy_terms import PolicyKind, Rules, Terms, VersionId

AcceptanceId = Annotated[
    str, Meta(description="Id of the acceptance.", examples=["acc_01JD2Z5Q0V8XKM3F7T9B4N6RWC"])
]
LinkNumber = Annotated[
    int, Meta(description="Number of the acceptance in the artist's chain, from 1.", examples=[17])
]
LinkHash = Annotated[
    str,
    Meta(
        description="SHA-256 of the acceptance's link in the chain, in lowercase hexadecimal.",
        examples=["3f79bb7b435b05321651daefd374cdc681dc06faa65e374e38337b88ca046dea"],
    ),
]


class Subject(msgspec.Struct, frozen=True):
    """The scope within which versions are numbered and replace each other.

    It is a kind of policy, or one consent form, of an artist in general or of one service.

    Attributes:
        service_id: The service; None for the artist in general.
        form: Slug of the consent form; None for every other kind.
    """

    artist_id: str
    service_id: str | None
    kind: PolicyKind
    form: str | None = None

    def version_id(self, number: int) -> str:
        """Return the id of a version of the subject.

        Raises:
            ValueError: An id is malformed, or the service belongs to another artist.
        """
        version = VersionId(self.artist_id, self.service_id, self.kind, number, self.form)
        return str(version)


class Draft(msgspec.Struct, frozen=True):
    """A policy that is not published yet.

    Attributes:
        revision: Differs between any two saves, so that a save in between is noticed. The API shows
            it as the version of the draft.
    """

    subject: Subject
    text: str
    rules: Rules
    saved_at: datetime
    revision: str


class Version(msgspec.Struct, frozen=True):
    """A published version with its text."""

    terms: Terms
    text: str
    withdrawn_at: datetime | None = None


class Appointment(msgspec.Struct, frozen=True):
    """Copy of an appointment, as far as acceptances need it.

    Attributes:
        agreed_at: When its policies were agreed on.
    """

    id: str
    artist_id: str
    client_id: str
    service_id: str
    agreed_at: datetime


class RequestOrigin(msgspec.Struct, frozen=True):
    """The client address and the user agent of a request."""

    ip: str
    user_agent: str
