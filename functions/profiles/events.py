"""What profiles tells the other features, complete enough that nobody must call back.

`record_version` counts the changes of the record: who keeps a copy takes whatever is not older than
theirs, so that telling the same again repairs a copy that went wrong.
"""

from shared.events.domain_events import EventData
from shared.http.caller import Role


class ProfileUpdated(EventData, frozen=True):
    """Who somebody is to others from now on. `handle`: of an artist's page, once it has one."""

    type = "user.profile.updated"

    user_id: str
    role: Role
    name: str
    avatar: str | None
    handle: str | None
    record_version: int


class PortfolioItemSaved(EventData, frozen=True):
    """An artist shows this file to everybody, or changed what is said of it."""

    type = "portfolio_item.saved"

    item_id: str
    artist_id: str
    file_id: str
    record_version: int


class PortfolioItemRemoved(EventData, frozen=True):
    """An artist shows this file no longer."""

    type = "portfolio_item.removed"

    item_id: str
    artist_id: str
    file_id: str
    record_version: int
