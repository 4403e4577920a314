"""Rules of moderation: which of several decisions about content counts."""

from profiles.models.moderation import Moderation


def is_hidden(moderation: Moderation | None) -> bool:
    """Return whether content is hidden from all but its author."""
    return moderation is not None and moderation.hidden


def follow(known: Moderation | None, decided: Moderation) -> Moderation | None:
    """Return what counts after a decision, in whatever order decisions arrive.

    The newest one counts. But content that was hidden because of another report since is not shown
    again because of this one.
    """
    if known is None:
        return decided
    if known.at >= decided.at:
        return known
    is_of_other = known.report_id != decided.report_id
    return known if is_of_other and known.hidden and not decided.hidden else decided
