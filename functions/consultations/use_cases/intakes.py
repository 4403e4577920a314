"""Artists' questions: every change of them is the next version, and no version ever changes."""

from datetime import datetime

from consultations.models import Intake, IntakeAnswers
from consultations.rules import intake_questions
from consultations.rules.errors import SessionEnded
from consultations.schemas import IntakeAnswersRequest, IntakeQuery, IntakeRequest, IntakeView
from consultations.store import intakes as store
from consultations.store import table
from domain.errors import FieldError, InvalidFields, NotFound
from shared.data.conflicts import WriteConflict, retry_on_conflict
from shared.http.caller import Caller

# So long a form that was opened before the last change may still be handed in.
HANDED_IN_WITHIN_SECONDS = 24 * 3600


def save(caller: Caller, request: IntakeRequest, now: datetime) -> IntakeView:
    """Ask these from now on. The same as before again is no new version.

    Raises a 422 Problem naming every wrong field, a 401 one for who deleted their account.
    """
    errors = intake_questions.question_errors(request.questions, "body.questions")
    if errors:
        raise InvalidFields(*errors)

    def work() -> Intake:
        newest = store.find_newest(caller.user_id, 1)
        if newest and newest[0].questions == request.questions:
            return newest[0]
        number = newest[0].number + 1 if newest else 1
        intake = Intake(caller.user_id, number, request.questions, now)
        try:
            store.add_intake(intake)
        except WriteConflict:
            if table.is_deleted(caller.user_id):
                raise SessionEnded("The account was deleted.") from None
            raise
        return intake

    return _view(retry_on_conflict(work)())


def read(query: IntakeQuery) -> IntakeView:
    """An artist's questions, in public. Raises a 404 Problem where there is no such version."""
    if query.version is not None:
        intake = store.find_intake(query.artist_id, query.version)
        if intake is None:
            raise NotFound("There is no such version.")
        return _view(intake)
    newest = store.find_newest(query.artist_id, 1)
    if not newest:
        return IntakeView(query.artist_id, 0, (), None)
    return _view(newest[0])


def check(
    artist_id: str, request: IntakeAnswersRequest | None, now: datetime
) -> tuple[IntakeAnswers | None, list[FieldError]]:
    """The answers with their questions, as they are frozen; and what is wrong with them.

    Answered is the newest version, or the one before it for as long as somebody may have had it
    open. Who asks nothing needs no answers.
    """
    newest = store.find_newest(artist_id, 2)
    at = "body.intake"
    if request is None:
        asked = newest[0].questions if newest else ()
        missing = intake_questions.answer_errors(asked, {}, at)
        return None, [FieldError(at, "is required: the artist asks")] if missing else []
    intake = _answered(newest, request.version, now)
    if intake is None:
        now_asked = f"; it is {newest[0].number}" if newest else ""
        return None, [FieldError(f"{at}.version", f"is not the one that is asked{now_asked}")]
    errors = intake_questions.answer_errors(intake.questions, request.answers, f"{at}.answers")
    frozen = intake_questions.answered(intake.questions, request.answers)
    return IntakeAnswers(intake.number, frozen), errors


def _answered(newest: list[Intake], version: int, now: datetime) -> Intake | None:
    """The version that is answered; None where it is not asked any more."""
    for position, intake in enumerate(newest):
        if intake.number == version:
            if position == 0:
                return intake
            replaced_for = (now - newest[position - 1].created_at).total_seconds()
            return intake if replaced_for <= HANDED_IN_WITHIN_SECONDS else None
    return None


def _view(intake: Intake) -> IntakeView:
    return IntakeView(intake.artist_id, intake.number, intake.questions, intake.created_at)
