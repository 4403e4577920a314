"""Requests of clients to artists."""

from datetime import datetime, timedelta
from functools import partial

from consultations import events
from consultations.models import (
    Consultation,
    ConsultationSide,
    ConsultationStatus,
    File,
    IntakeAnswers,
    RequestDetails,
)
from consultations.rules.errors import TooManyOpen
from consultations.schemas import ConsultationRequest, ConsultationView
from consultations.store import consultations as store
from consultations.store import copies, pairs
from consultations.store.copies import Copies
from consultations.use_cases import intakes, queries
from domain.errors import (
    Blocked,
    BooksClosed,
    FieldError,
    Forbidden,
    InvalidFields,
    SessionEnded,
)
from domain.ids import new_id
from domain.policy_terms import find_age_errors, in_force, owner_of_service
from shared.data import bans, clean_files, tombstones
from shared.data.clean_files import CleanFile
from shared.data.conflicts import WriteConflict, retry_on_conflict
from shared.events import domain_events
from shared.events.domain_events import DomainEvent
from shared.http.caller import Caller, Role
from shared.http.repetition import find_made

# A date ends last in the time zone that is twelve hours behind UTC.
LATEST_ZONE = timedelta(hours=12)


def create(caller: Caller, request: ConsultationRequest, now: datetime) -> ConsultationView:
    """Create a consultation with the request of a client.

    The answers to the intake form are saved with their questions, and the confirmation of age with
    the version of the policy, so that later versions change neither.

    Raises:
        Forbidden: The caller is not a client.
        InvalidFields: Some fields are wrong; all of them are named.
        Blocked: One of the two blocked the other.
        BooksClosed: The artist takes no new consultations.
        TooManyOpen: Too many requests of the client to this artist are open.
        SessionEnded: The caller's account was deleted.
    """
    if caller.role is not Role.CLIENT:
        raise Forbidden("Only clients can request a consultation.")
    if made := find_made("cns", partial(queries.require_consultation, caller)):
        return queries.present(*made)
    known = copies.find_copies([request.artist_id], request.files)
    details = _validate(caller, request, known, now)
    if not known.people[request.artist_id].books_open:
        raise BooksClosed("This artist takes no new consultations at present.")
    consultation = Consultation(
        id=new_id("cns"),
        artist_id=request.artist_id,
        client_id=caller.user_id,
        status=ConsultationStatus.PENDING,
        request=details,
        created_at=now,
        updated_at=now,
    )
    data = events.requested_data(consultation, details.files)
    _add(consultation, domain_events.new_event("consultations", consultation.id, data, now))
    return queries.present(consultation, ConsultationSide.CLIENT)


@retry_on_conflict
def _add(consultation: Consultation, event: DomainEvent) -> None:
    _check_pair(consultation)
    try:
        store.commit(
            None,
            consultation,
            (event,),
            active_accounts=(consultation.artist_id, consultation.client_id),
        )
    except WriteConflict:
        if tombstones.is_deleted(consultation.client_id):
            raise SessionEnded("This account was deleted.") from None
        if tombstones.is_deleted(consultation.artist_id):
            raise InvalidFields(_unknown_artist()) from None
        raise


def _check_pair(consultation: Consultation) -> None:
    """Check that the client may have one more open request to the artist.

    Raises:
        Blocked: One of the two blocked the other, or the artist is banned.
        TooManyOpen: Too many requests of the client to this artist are open.
    """
    pair = pairs.get_pair(consultation.artist_id, consultation.client_id)
    if pair.blocked or bans.is_banned(consultation.artist_id):
        raise Blocked("You cannot contact this artist because one of you blocked the other.")
    if len(pair.open_ids) >= pairs.MAX_OPEN:
        raise TooManyOpen(f"You can have at most {pairs.MAX_OPEN} open requests to one artist.")


# ---- validation --------------------------------------------------------------------------------


def _validate(
    caller: Caller, request: ConsultationRequest, known: Copies, now: datetime
) -> RequestDetails:
    """Validate a request and return the details to save.

    Raises:
        InvalidFields: Some fields are wrong; all of them are named.
    """
    artist = known.people.get(request.artist_id)
    errors: list[FieldError] = []
    if artist is None or artist.role is not Role.ARTIST:
        errors.append(_unknown_artist())
    service_id = request.service_id
    if service_id is not None and owner_of_service(service_id) != request.artist_id:
        errors.append(FieldError("body.serviceId", "is not a service of this artist"))
        service_id = None
    errors += _find_window_errors(request, now)
    errors += _find_file_errors(caller, request, known.files)
    terms = in_force(copies.list_age_terms(request.artist_id), request.artist_id, service_id)
    errors += find_age_errors(terms, request.age_confirmation, "body.ageConfirmation")
    answers, intake_errors = intakes.validate_answers(request.artist_id, request.intake, now)
    errors += intake_errors
    if errors:
        raise InvalidFields(*errors)
    return _details(request, answers)


def _details(request: ConsultationRequest, answers: IntakeAnswers | None) -> RequestDetails:
    return RequestDetails(
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


def _unknown_artist() -> FieldError:
    return FieldError("body.artistId", "is not an artist")


def _find_window_errors(request: ConsultationRequest, now: datetime) -> list[FieldError]:
    earliest = (now - LATEST_ZONE).date()
    return [
        FieldError(f"body.preferredWindows[{position}].lastDate", "is in the past")
        for position, window in enumerate(request.preferred_windows)
        if window.last_date < earliest
    ]


def _find_file_errors(
    caller: Caller, request: ConsultationRequest, files: dict[str, File]
) -> list[FieldError]:
    """Find files that are not clean images of the client.

    Other users' files get the same message as files that do not exist. The event that a file is
    clean may still be on its way.
    """
    own: dict[str, File | CleanFile] = {
        id_: file for id_, file in files.items() if file.owner_id == caller.user_id
    }
    clean = clean_files.find([id_ for id_ in request.files if id_ not in own], caller.user_id)
    types = {id_: file.content_type for id_, file in (own | clean).items()}
    errors = []
    for position, file_id in enumerate(request.files):
        content_type = types.get(file_id)
        field = f"body.files[{position}]"
        if file_id in request.files[:position]:
            errors.append(FieldError(field, "is named twice"))
        elif content_type is None:
            errors.append(FieldError(field, "is not one of your clean files"))
        elif not content_type.startswith("image/"):
            errors.append(FieldError(field, "is not an image"))
    return errors
