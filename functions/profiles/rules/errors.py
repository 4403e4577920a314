"""Expected errors of profiles: one class per code."""

from domain.errors import Moved, StateConflict


class AlreadyReviewed(StateConflict):
    """The appointment already has a review."""

    code = "already_reviewed"


class BoardFull(StateConflict):
    """The board already holds the maximum number of items."""

    code = "board_full"


class ChangedMeanwhile(StateConflict):
    """The page was changed after the version that the request names."""

    code = "changed_meanwhile"


class HandleTaken(StateConflict):
    """Another artist has this handle."""

    code = "handle_taken"


class NotCompleted(StateConflict):
    """The appointment was not completed, so it cannot be reviewed."""

    code = "not_completed"


class OwnPage(StateConflict):
    """The page is the caller's own, which nobody follows themselves."""

    code = "own_page"


class PageMoved(Moved):
    """The page has another address, which `Location` names: its current handle."""

    code = "moved"


class PortfolioFull(StateConflict):
    """The portfolio already holds the maximum number of items."""

    code = "portfolio_full"


class TemplateInactive(StateConflict):
    """The template is inactive, so no vouchers can be issued from it."""

    code = "template_inactive"


class TooManyAlbums(StateConflict):
    """The artist already has the maximum number of albums."""

    code = "too_many_albums"


class TooManyBoards(StateConflict):
    """The caller already has the maximum number of boards."""

    code = "too_many_boards"


class TooManyFollows(StateConflict):
    """The caller already follows the maximum number of artists."""

    code = "too_many_follows"


class TooManyHandles(StateConflict):
    """The artist has already used the maximum number of handles."""

    code = "too_many_handles"


class TooManyNotes(StateConflict):
    """The artist already has the maximum number of notes about this client."""

    code = "too_many_notes"


class TooManyTemplates(StateConflict):
    """The artist already has the maximum number of voucher templates."""

    code = "too_many_templates"


class VoucherClosing(StateConflict):
    """The voucher is being redeemed or voided; the outcome follows within seconds."""

    code = "voucher_closing"
