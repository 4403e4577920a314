"""Values of the migration from the monolith that are stored."""

from datetime import datetime
from enum import StrEnum

import msgspec


class Mode(StrEnum):
    """Who serves the old paths of a feature, `docs/migration.md`."""

    MONOLITH = "monolith"
    SHADOW = "shadow"
    NEW = "new"


class Side(StrEnum):
    """Who carries out one request."""

    MONOLITH = "monolith"
    OURS = "ours"


class Switches(msgspec.Struct, frozen=True):
    """The modes of all features, as an operator set them.

    Attributes:
        modes: Mode by feature. A feature that is missing was never switched, and what is no mode
            is kept until somebody sets one.
        version: Number of changes so far.
        changed_at: When the latest change was made.
    """

    modes: dict[str, str]
    version: int
    changed_at: datetime


class Pin(msgspec.Struct, frozen=True):
    """Who carries out a write, however often it is sent.

    Attributes:
        side: Who carries it out.
        key: Its Idempotency-Key in our API.
        record_id: Id of the record in the path, as that side knows it; empty without one.
        at: When it was sent for the first time; None for what is no write.
    """

    side: Side
    key: str
    record_id: str = ""
    at: datetime | None = None


class Pair(msgspec.Struct, frozen=True):
    """A record that both sides have.

    Attributes:
        ours: Its id here.
        monolith: Its id in the monolith; empty while the monolith is asked to make it.
        owner: The side that has it as it is, and serves it whatever the switch says; None for a
            record that was imported and that nobody changed since: the switch decides.
        user_id: The user who wrote it.
        role: Role of that user.
        digest: SHA-256 of the record as it was brought back last; empty before.
        read: SHA-256 of the monolith's record as it was when ours took it over, while the monolith
            has to be read once more for what was being written then; empty otherwise.
    """

    ours: str
    monolith: str
    owner: Side | None
    user_id: str = ""
    role: str = ""
    digest: str = ""
    read: str = ""


class WriteState(StrEnum):
    """How far a write of ours has come on its way to the monolith."""

    BEGUN = "begun"  # its outcome is not known yet
    WRITTEN = "written"  # ours has it, the monolith does not
    ON_THE_WAY = "on the way"  # it was sent, and no answer was stored
    REFUSED = "refused"  # the monolith does not take it


class Write(msgspec.Struct, frozen=True):
    """A write that ours carried out for an old client, until the monolith has it too.

    It names the record and its author, and nothing of what was written: that is read again when
    it is brought back, so it is never older than the record.

    Attributes:
        id: Made of its user and its Idempotency-Key.
        feature: Feature of its path.
        route: Its old route, such as `POST /appointments`.
        user_id: User who wrote.
        role: Role of that user.
        at: When it began.
        state: How far it has come.
        record_id: The record that it made or changed; empty while that is unknown.
        detail: Why it was refused; empty otherwise.
    """

    id: str
    feature: str
    route: str
    user_id: str
    role: str
    at: datetime
    state: WriteState = WriteState.BEGUN
    record_id: str = ""
    detail: str = ""


class FieldCount(msgspec.Struct, frozen=True):
    """How often a field of a route differed.

    Attributes:
        route: The old route.
        field: Path of the field, such as `[].status`; empty for all comparisons of the route.
        count: How often.
        example: The latest case, as kinds of values: `text of 7 | null`.
    """

    route: str
    field: str
    count: int
    example: str
