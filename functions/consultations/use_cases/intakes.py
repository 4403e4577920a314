"""Intake forms of artists. Each change makes a new version, and no version ever changes."""

from datetime import datetime

from consultations.models import Intake, IntakeAnswers
from consultations.rules import intake_validation
from consultations.rules.errors import SessionEnded
from consultations.schemas import (
    IntakeAnswersRequest,
    IntakeQuery,
    IntakeView,
    ReplaceIntakeRequest,
)
from consultations.store import intakes as store
from consultations.store import table
from domain.errors import FieldError, InvalidFields, NotFound
from shared.data.conflicts import WriteConflict, retry_on_conflict
from shared.http.caller import Caller

# A client may have opened the form before its last change, and can still submit it.
REPLACED_ACCEPTED_FOR_SECONDS = 24 * 3600


@retry_on_conflict
def replace(caller: Caller, request: ReplaceIntakeRequest, now: datetime) -> IntakeView:
    """Save the next version of the caller's form, unless the questions are the same.

    Raises:
        InvalidFields: Some questions are wrong; all wrong fields are named.
        SessionEnded: The caller's account was deleted.
    """
    errors = intake_validation.find_question_errors(request.questions, "body.questions")
    if errors:
        raise InvalidFields(*errors)
    newest = store.list_intakes(caller.user_id, 1)
    if newest and newest[0].questions == request.questions:
        return _present(newest[0])
    number = newest[0].number + 1 if newest else 1
    intake = Intake(caller.user_id, number, request.questions, now)
    try:
        store.add_intake(intake)
    except WriteConflict:
        if table.is_deleted(caller.user_id):
            raise SessionEnded("This account was deleted.") from None
        raise
    return _present(intake)


def get(query: IntakeQuery) -> IntakeView:
    """Get an artist's form, as the public sees it.

    Raises:
        NotFound: There is no such version.
    """
    if query.version is not None:
        intake = store.find_intake(query.artist_id, query.version)
        if intake is None:
            raise NotFound("There is no such version of the form.")
        return _present(intake)
    newest = store.list_intakes(query.artist_id, 1)
    if not newest:
        return IntakeView(query.artist_id, 0, (), None)
    return _present(newest[0])


def validate_answers(
    artist_id: str, request: IntakeAnswersRequest | None, now: datetime
) -> tuple[IntakeAnswers | None, list[FieldError]]:
    """Validate a client's answers to an artist's form.

    The newest version can be answered, and the one before it for a day after it was replaced.

    Returns:
        The answers with their questions, None without any; and the mistakes in them.
    """
    versions = store.list_intakes(artist_id, 2)
    field = "body.intake"
    if request is None:
        questions = versions[0].questions if versions else ()
        missing = intake_validation.find_answer_errors(questions, {}, field)
        message = "is required: the artist's form has required questions"
        return None, [FieldError(field, message)] if missing else []
    intake = _find_accepted(versions, request.version, now)
    if intake is None:
        hint = f"; the current version is {versions[0].number}" if versions else ""
        return None, [FieldError(f"{field}.version", f"cannot be answered{hint}")]
    errors = intake_validation.find_answer_errors(
        intake.questions, request.answers, f"{field}.answers"
    )
    answers = intake_validation.combine(intake.questions, request.answers)
    return IntakeAnswers(intake.number, answers), errors


def _find_accepted(versions: list[Intake], number: int, now: datetime) -> Intake | None:
    """Find the version of this number; None if it cannot be answered any more."""
    for position, intake in enumerate(versions):
        if intake.number == number:
            if position == 0:
                return intake
            replaced_for = (now - versions[position - 1].created_at).total_seconds()
            return intake if replaced_for <= REPLACED_ACCEPTED_FOR_SECONDS else None
    return None


def _present(intake: Intake) -> IntakeView:
    return IntakeView(intake.artist_id, intake.number, intake.questions, intake.created_at)
