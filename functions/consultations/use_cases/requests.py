"""Asking an artist."""

from datetime import datetime, timedelta

from consultations import events
from consultations.models import (
    AgeBasis,
    AgeConfirmation,
    Consultation,
    File,
    IntakeAnswers,
    Side,
    Status,
    Wish,
)
from consultations.rules.errors import Blocked, SessionEnded, TooManyOpen
from consultations.schemas import ConsultationRequest, ConsultationView
from consultations.store import consultations as store
from consultations.store import copies, table
from consultations.use_cases import intakes, queries
from domain.errors import FieldError, Forbidden, InvalidFields
from domain.ids import new_id
from domain.policy_terms import AgeRules, Kind, in_force, owner_of_service
from shared.data.conflicts import WriteConflict, retry_on_conflict
from shared.events import domain_events
from shared.http.caller import Caller, Role

# A day ends last twelve hours behind UTC.
LATEST_ZONE = timedelta(hours=12)


def ask(caller: Caller, request: ConsultationRequest, now: datetime) -> ConsultationView:
    """Ask an artist; answers and the confirmation of age are frozen into it.

    Raises a 422 Problem naming every wrong field, a 403 one for who is no client and where one of
    the two blocked the other, a 409 one for one open request too many, a 401 one for who deleted
    their account.
    """
    if caller.role is not Role.CLIENT:
        raise Forbidden("Only clients ask artists.")
    wish = _checked(caller, request, now)
    consultation = Consultation(
        id=new_id("cns"),
        artist_id=request.artist_id,
        client_id=caller.user_id,
        status=Status.PENDING,
        wish=wish,
        created_at=now,
        updated_at=now,
    )
    fact = events.ConsultationRequested(**events.about(consultation, Side.CLIENT), files=wish.files)
    told = domain_events.new_event("consultations", consultation.id, fact, now)

    def work() -> None:
        _check_pair(consultation)
        try:
            store.commit(
                None,
                consultation,
                (told,),
                living=(consultation.artist_id, consultation.client_id),
            )
        except WriteConflict:
            if table.is_deleted(consultation.client_id):
                raise SessionEnded("The account was deleted.") from None
            if table.is_deleted(consultation.artist_id):
                raise InvalidFields(_no_artist()) from None
            raise

    retry_on_conflict(work)()
    return queries.view(consultation, Side.CLIENT)


def _check_pair(consultation: Consultation) -> None:
    """Raise a 403 Problem where one blocked the other, a 409 one where too many are open."""
    pair = store.find_pair(consultation.artist_id, consultation.client_id)
    if pair.blocked:
        raise Blocked("One of you blocked the other.")
    if len(pair.open) >= store.MAX_OPEN:
        raise TooManyOpen(f"At most {store.MAX_OPEN} requests to one artist are open at a time.")


def _checked(caller: Caller, request: ConsultationRequest, now: datetime) -> Wish:
    """What is asked. Raises a 422 Problem naming every wrong field."""
    known = copies.find_known([request.artist_id], request.files)
    artist = known.people.get(request.artist_id)
    errors: list[FieldError] = []
    if artist is None or artist.role is not Role.ARTIST:
        errors.append(_no_artist())
    service_id = request.service_id
    if service_id is not None and owner_of_service(service_id) != request.artist_id:
        errors.append(FieldError("body.serviceId", "is no service of this artist"))
        service_id = None
    errors += _window_errors(request, now)
    errors += _file_errors(caller, request, known.files)
    errors += _age_errors(request.artist_id, service_id, request.age_confirmation)
    answers, wrong = intakes.check(request.artist_id, request.intake, now)
    errors += wrong
    if errors:
        raise InvalidFields(*errors)
    return _wish(request, answers)


def _wish(request: ConsultationRequest, answers: IntakeAnswers | None) -> Wish:
    return Wish(
        subject=request.subject,
        description=request.description,
        service_id=request.service_id,
        preferred_windows=request.preferred_windows,
        placement=request.placement,
        size=request.size,
        style=request.style,
        palette=request.palette,
        budget=request.budget,
        cover_up=request.cover_up,
        files=request.files,
        age_confirmation=request.age_confirmation,
        intake=answers,
    )


def _no_artist() -> FieldError:
    return FieldError("body.artistId", "is no artist here")


def _window_errors(request: ConsultationRequest, now: datetime) -> list[FieldError]:
    earliest = (now - LATEST_ZONE).date()
    return [
        FieldError(f"body.preferredWindows[{position}].lastDate", "is past")
        for position, window in enumerate(request.preferred_windows)
        if window.last_date < earliest
    ]


def _file_errors(
    caller: Caller, request: ConsultationRequest, files: dict[str, File]
) -> list[FieldError]:
    """References are the client's own clean images; of others' files nothing is told."""
    errors = []
    for position, file_id in enumerate(request.files):
        file = files.get(file_id)
        here = f"body.files[{position}]"
        if file_id in request.files[:position]:
            errors.append(FieldError(here, "is named twice"))
        elif file is None or file.owner_id != caller.user_id:
            errors.append(FieldError(here, "is no clean file of yours"))
        elif not file.content_type.startswith("image/"):
            errors.append(FieldError(here, "is no image"))
    return errors


def _age_errors(
    artist_id: str, service_id: str | None, confirmed: AgeConfirmation | None
) -> list[FieldError]:
    """Where the artist's policy asks for an age, the client confirms it by that very version."""
    at = "body.ageConfirmation"
    held = in_force(copies.find_age_terms(artist_id), artist_id, service_id).get(Kind.AGE)
    if held is None:
        return [FieldError(at, "is not asked for")] if confirmed else []
    assert isinstance(held.rules, AgeRules)
    if confirmed is None:
        return [FieldError(at, f"is required, by {held.version_id}")]
    if confirmed.version_id != held.version_id:
        return [FieldError(f"{at}.versionId", f"is not the one in force, {held.version_id}")]
    if confirmed.basis is AgeBasis.GUARDIAN_CONSENTS and held.rules.guardian_consent_from is None:
        return [FieldError(f"{at}.basis", "must be of_age: guardians cannot consent")]
    return []
