"""Expected errors of profiles: one class per code."""

from domain.errors import StateConflict, Unauthenticated


class AlreadyReviewed(StateConflict):
    """This appointment has a review already."""

    code = "already_reviewed"


class BoardFull(StateConflict):
    """A board holds at most {MAX_SAVED} items."""

    code = "board_full"


class ChangedMeanwhile(StateConflict):
    """The page was changed since it was read."""

    code = "changed_meanwhile"


class HandleTaken(StateConflict):
    """Somebody else has this handle."""

    code = "handle_taken"


class NotCompleted(StateConflict):
    """Only what took place can be reviewed."""

    code = "not_completed"


class PortfolioFull(StateConflict):
    """A portfolio holds at most {MAX_WORKS} items."""

    code = "portfolio_full"


class SessionEnded(Unauthenticated):
    """The account was deleted."""

    code = "session_ended"


class TemplateInactive(StateConflict):
    """Nothing is issued of this template at present."""

    code = "template_inactive"


class TooManyBoards(StateConflict):
    """Nobody has more than {MAX_BOARDS} boards."""

    code = "too_many_boards"


class TooManyHandles(StateConflict):
    """detail."""

    code = "too_many_handles"


class TooManyNotes(StateConflict):
    """There are at most {MAX_NOTES} notes of a client."""

    code = "too_many_notes"


class TooManyTemplates(StateConflict):
    """Nobody has more than {MAX_TEMPLATES} templates."""

    code = "too_many_templates"


class VoucherRedeemed(StateConflict):
    """The voucher was redeemed already."""

    code = "voucher_redeemed"

    def __init__(self) -> None:
        super().__init__("This voucher was redeemed.")


class VoucherVoid(StateConflict):
    """The artist has taken the voucher back."""

    code = "voucher_void"

    def __init__(self) -> None:
        super().__init__("This voucher was taken back.")


class VoucherExpired(StateConflict):
    """The voucher has expired."""

    code = "voucher_expired"

    def __init__(self) -> None:
        super().__init__("This voucher is no longer good.")
