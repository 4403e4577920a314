"""Moderation: what admins decided about pages, portfolio items and reviews that were reported."""

from datetime import datetime

from msgspec import Struct


class Moderation(Struct, frozen=True):
    """The newest decision of an admin about content.

    Attributes:
        report_id: Id of the report.
        at: When it was decided.
        hidden: Whether the content is hidden from all but its author.
        reason: Why, in the admin's words; its author sees it.
    """

    report_id: str
    at: datetime
    hidden: bool
    reason: str
