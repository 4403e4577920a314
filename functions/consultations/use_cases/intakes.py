"""Intake forms of artists. Each change makes a new version, and no version ever changes."""

from datetime import UTC, datetime

from consultations.models import Intake, IntakeAnswers
from consultations.rules import intake_validation, intake_versions
from consultations.schemas import (
    IntakeAnswersRequest,
    IntakeQuery,
    IntakeView,
    ReplaceIntakeRequest,
)
from consultations.store import intakes as store
from domain.errors import FieldError, InvalidFields, NotFound, SessionEnded
from shared.data import tombstones
from shared.data.conflicts import WriteConflict, retry_on_conflict
from shared.http.caller import Caller


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
        if tombstones.is_deleted(caller.user_id):
            raise SessionEnded("This account was deleted.") from None
        raise
    return _present(intake)


def get(query: IntakeQuery) -> IntakeView:
    """Get an artist's form, as the public sees it.

    Raises:
        NotFound: There is no such version.
    """
    if query.version is not None:
        number = query.version
        found = store.find_intakes(query.artist_id, (number, number + 1))
        if number not in found:
            raise NotFound("There is no such version of the form.")
        return _present(found[number], replaced_by=found.get(number + 1))
    newest = store.list_intakes(query.artist_id, 1)
    return _present(newest[0] if newest else _create_empty(query.artist_id))


def validate_answers(
    artist_id: str, request: IntakeAnswersRequest | None, now: datetime
) -> tuple[IntakeAnswers | None, list[FieldError]]:
    """Validate a client's answers to an artist's form.

    The newest version can be answered, and each one before it for a day after it was replaced.
    Version 0 stands for no form.

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
    intake = _find_answerable(artist_id, versions, request.version, now)
    if intake is None:
        return None, [FieldError(f"{field}.version", _explain_refusal(versions))]
    errors = intake_validation.find_answer_errors(
        intake.questions, request.answers, f"{field}.answers"
    )
    if intake.number == 0:
        return None, errors
    answers = intake_validation.combine(intake.questions, request.answers)
    return IntakeAnswers(intake.number, answers), errors


def _find_answerable(
    artist_id: str, newest: list[Intake], number: int, now: datetime
) -> Intake | None:
    """Find the version of this number; None if there is none, or if it was replaced too long ago.

    Args:
        artist_id: The artist.
        newest: The newest versions, one or two of them if there are any.
        number: Number of the version; 0 for no form.
        now: The current instant.
    """
    known = {0: _create_empty(artist_id)} | {intake.number: intake for intake in newest}
    if newest and number < newest[-1].number:
        known |= store.find_intakes(artist_id, (number, number + 1))
    intake, replaced_by = known.get(number), known.get(number + 1)
    replaced_at = replaced_by.created_at if replaced_by else None
    return intake if intake_versions.is_answerable(replaced_at, now) else None


def _explain_refusal(versions: list[Intake]) -> str:
    if not versions:
        return "cannot be answered; the artist has no form, which is version 0"
    return (
        f"cannot be answered; the current version is {versions[0].number}, and the others can be "
        f"answered until {intake_versions.ANSWERABLE_HOURS} hours after they were replaced"
    )


def _create_empty(artist_id: str) -> Intake:
    """Return version 0, which stands for the form of an artist who never saved one."""
    return Intake(artist_id, 0, (), datetime.min.replace(tzinfo=UTC))


def _present(intake: Intake, replaced_by: Intake | None = None) -> IntakeView:
    replaced_at = replaced_by.created_at if replaced_by else None
    return IntakeView(
        artist_id=intake.artist_id,
        version=intake.number,
        questions=intake.questions,
        created_at=intake.created_at if intake.number else None,
        answerable_until=intake_versions.get_answerable_until(replaced_at) if replaced_at else None,
        answerable_hours=intake_versions.ANSWERABLE_HOURS,
    )
