"""Requests and responses for reports to the admins, and for hidden content."""

from typing import Annotated, Literal

from msgspec import Meta

from domain import types
from domain.moderation import ReportReason
from shared.http.decoding import Input, Output

SubjectId = Annotated[str, Meta(pattern=r"^[a-z]{3}_[0-9A-Z_]{26,60}$(?!\n)")]


class ReportContentRequest(Input, frozen=True):
    """A report to the admins.

    Attributes:
        kind: Kind of what is reported.
        subject_id: Id of it: of a page, that of the artist.
            Example: itm_01JD2Z5Q0V8XKM3F7T9B4N6RWC_01JD2Z5Q0V8XKM3F7T9B4N6RWD
        reason: Reason of the report. Example: inappropriate
        details: What is wrong with it. Example: This is a picture of my work.
    """

    kind: Literal["page", "portfolio_item", "review"]
    subject_id: SubjectId
    reason: ReportReason
    details: Annotated[str, Meta(max_length=1_000)] = ""


class ContentReportReceipt(Output, frozen=True):
    """Confirmation that a report was received.

    Attributes:
        id: Id of the report. Example: rpt_01JD2Z5Q0V8XKM3F7T9B4N6RWC
    """

    id: str


class ContentHidingView(Output, frozen=True):
    """The state of content that an admin hid from all but its author.

    Attributes:
        at: When it was hidden.
        reason: Why, in the admin's words. Example: Shows the work of another artist
    """

    at: types.Instant
    reason: str
