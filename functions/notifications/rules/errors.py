"""Expected errors of notifications: one class per code."""

from domain.errors import StateConflict, Unauthenticated


class SessionEnded(Unauthenticated):
    """Sign in again."""

    code = "session_ended"


class TemplateChanged(StateConflict):
    """It was saved at this very moment."""

    code = "template_changed"


class TooManyTemplates(StateConflict):
    """At most {MAX_TEMPLATES} templates are kept."""

    code = "too_many_templates"


class Unreachable(StateConflict):
    """No channel of this message leads to the recipient."""

    code = "unreachable"
