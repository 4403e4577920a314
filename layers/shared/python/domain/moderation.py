"""Moderation: what users report to the admins, and what an admin decides about it.

Features that show content of users have reports of it, and follow what was decided.
"""

from enum import StrEnum


class ReportReason(StrEnum):
    """Reason for a report."""

    SPAM = "spam"
    HARASSMENT = "harassment"
    SCAM = "scam"
    INAPPROPRIATE = "inappropriate"
    OTHER = "other"


class SubjectKind(StrEnum):
    """Kind of what is reported. A conversation is reported as a whole, and cannot be hidden."""

    CONVERSATION = "conversation"
    MESSAGE = "message"
    PAGE = "page"
    PORTFOLIO_ITEM = "portfolio_item"
    REVIEW = "review"


class Decision(StrEnum):
    """What an admin decided about a report.

    `hide` hides the content and nothing else; a warning or a suspension may hide it as well.
    """

    WARN = "warn"
    HIDE = "hide"
    SUSPEND = "suspend"
    DISMISS = "dismiss"
