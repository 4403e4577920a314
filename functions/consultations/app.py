"""Routes and triggers of consultations."""

from chalice.app import CloudWatchEvent, Rate

from consultations import consumers, events
from consultations.rules.errors import TooManyOpen, WrongStatus
from consultations.schemas import (
    CancelConsultationRequest,
    ConsultationList,
    ConsultationListQuery,
    ConsultationRequest,
    ConsultationView,
    DeclineConsultationRequest,
    IntakeQuery,
    IntakeView,
    ProposalDraft,
    ReplaceIntakeRequest,
)
from consultations.store import table
from consultations.use_cases import (
    due_work,
    imports,
    intakes,
    lifecycle,
    person_copies,
    proposal_drafts,
    queries,
    requests,
)
from domain.errors import Blocked, BooksClosed, Forbidden, NotFound, SessionEnded
from domain.types import ConsultationId
from shared.data import imported_rows
from shared.data.conflicts import Busy
from shared.data.imported_rows import ImportedRows, ImportRowsRequest
from shared.data.person_copies import CopiesByUserQuery, PersonCopies
from shared.events import queues
from shared.events.domain_events import DomainEvent
from shared.http.app import FeatureApp
from shared.http.caller import Caller, Role
from shared.platform import clock

app = FeatureApp(
    "consultations",
    ready={"dynamodb": table.ping},
    services=("ssm",),
    worker_services=("dynamodb",),
)
app.publishes(*events.PUBLISHED)
app.health_route()
outbox = app.outbox_relay(table="consultations")


# ---- intake ------------------------------------------------------------------------------------


@app.route("/v1/consultations/intake", methods=["GET"], public=True, errors=(NotFound,))
def get_intake(query: IntakeQuery) -> IntakeView:
    """Get an artist's intake form.

    The newest version of the questions that clients answer with their requests, or the one that
    `version` names.
    """
    return intakes.get(query)


@app.route(
    "/v1/consultations/intake", methods=["PUT"], roles=(Role.ARTIST,), errors=(SessionEnded,)
)
def replace_intake(caller: Caller, body: ReplaceIntakeRequest) -> IntakeView:
    """Replace the caller's intake form.

    The questions become the next version of the form; consultations keep the version that was
    answered. The same questions again make no new version. `shownIf` names an earlier question and
    the answers to it under which the question is asked.
    """
    return intakes.replace(caller, body, clock.now())


# ---- consultations -----------------------------------------------------------------------------


@app.route(
    "/v1/consultations",
    methods=["POST"],
    status=201,
    errors=(Forbidden, Blocked, BooksClosed, TooManyOpen, SessionEnded),
)
def request_consultation(caller: Caller, body: ConsultationRequest) -> ConsultationView:
    """Request a consultation with an artist.

    Only clients can request one. `intake` answers the artist's intake form. `ageConfirmation` is
    required while an age policy of the artist is in force, and names its version. At most three
    requests of a client to one artist are open at a time, and none is taken while the artist's
    books are closed.
    """
    return requests.create(caller, body, clock.now())


@app.route("/v1/consultations", methods=["GET"])
def list_consultations(caller: Caller, query: ConsultationListQuery) -> ConsultationList:
    """List the caller's consultations.

    The newest come first. `counts` is the number of consultations of each status.
    """
    return queries.list_consultations(caller, query)


@app.route("/v1/consultations/{id}", methods=["GET"], errors=(NotFound, Busy))
def get_consultation(caller: Caller, id: ConsultationId) -> ConsultationView:
    """Get a consultation.

    The artist's first request sets `viewedAt`.
    """
    return lifecycle.view(caller, id, clock.now())


@app.route(
    "/v1/consultations/{id}/decline", methods=["POST"], errors=(NotFound, Forbidden, WrongStatus)
)
def decline_consultation(
    caller: Caller, id: ConsultationId, body: DeclineConsultationRequest
) -> ConsultationView:
    """Decline a consultation.

    Only the artist can, as long as no proposal was accepted.
    """
    return lifecycle.decline(caller, id, body, clock.now())


@app.route(
    "/v1/consultations/{id}/cancel", methods=["POST"], errors=(NotFound, Forbidden, WrongStatus)
)
def cancel_consultation(
    caller: Caller, id: ConsultationId, body: CancelConsultationRequest
) -> ConsultationView:
    """Cancel a consultation.

    Only the client can, as long as no proposal was accepted; after that, its appointments can be
    cancelled.
    """
    return lifecycle.cancel(caller, id, body, clock.now())


@app.route("/v1/consultations/{id}/archive", methods=["POST"], errors=(NotFound, WrongStatus))
def archive_consultation(caller: Caller, id: ConsultationId) -> ConsultationView:
    """Archive a consultation that is over.

    It moves to the caller's archive; the other party's lists do not change.
    """
    return lifecycle.archive(caller, id, clock.now())


@app.route(
    "/v1/consultations/{id}/proposal-draft",
    methods=["GET"],
    errors=(NotFound, Forbidden, WrongStatus),
)
def get_proposal_draft(caller: Caller, id: ConsultationId) -> ProposalDraft:
    """Get a consultation as the draft of a proposal.

    Only the artist can, while the consultation is pending or responded. `proposal` is the body of
    `POST /v1/appointments/proposals`, to which the artist adds what is `missing`.
    """
    return proposal_drafts.build(caller, id)


# ---- triggers ----------------------------------------------------------------------------------


@app.on_domain_events(*consumers.HANDLERS)
def events_worker(event: DomainEvent) -> None:
    """Consume events about users, policies, files, messages, proposals and appointments."""
    consumers.handle(event, clock.now())


@app.schedule(Rate(1, unit=Rate.MINUTES))
def sweeper(event: CloudWatchEvent) -> None:
    """Send reminders, expire unanswered consultations, and continue erasures."""
    due_work.sweep(clock.now(), lambda: queues.seconds_left(event))


# ---- for operators -----------------------------------------------------------------------------


@app.operator_function()
def import_rows(request: ImportRowsRequest) -> ImportedRows:
    """Import consultations from an earlier system."""
    return imported_rows.import_rows(request, imports.KINDS, clock.now())


@app.operator_function()
def copies(request: CopiesByUserQuery) -> PersonCopies:
    """Return the stored copies of these users, to be compared with profiles."""
    return person_copies.list_copies(request)
