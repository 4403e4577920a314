"""Expected errors of policies, one class per code."""

from domain.errors import StateConflict


class DraftChanged(StateConflict):
    """The draft was saved again after the version that the request names."""

    code = "draft_changed"


class NotInForce(StateConflict):
    """The version was replaced or withdrawn, so it can no longer be accepted."""

    code = "not_in_force"


class TextChanged(StateConflict):
    """The hash is not that of the version's text: another text was shown."""

    code = "text_changed"


class TooManyPolicies(StateConflict):
    """The artist already has the maximum number of policies."""

    code = "too_many_policies"
