"""What policies keeps, as its use cases see it."""

from datetime import datetime

import msgspec

from domain.policy_terms import Kind, Rules, Terms, VersionId


class Subject(msgspec.Struct, frozen=True):
    """What versions are numbered within: a kind, or a consent form, of an artist or a service."""

    artist_id: str
    service_id: str | None
    kind: Kind
    form: str | None = None

    def version_id(self, number: int) -> str:
        """The id of one of its versions. Raises ValueError for ids that are not ours."""
        version = VersionId(self.artist_id, self.service_id, self.kind, number, self.form)
        return str(version)


class Draft(msgspec.Struct, frozen=True):
    """A policy in the making. `revision` differs between any two saves."""

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


class Current(msgspec.Struct, frozen=True):
    """Where a subject stands: the newest number, and its version unless that was withdrawn."""

    number: int
    version: Version | None


class Origin(msgspec.Struct, frozen=True):
    """Where a request came from."""

    ip: str
    user_agent: str
