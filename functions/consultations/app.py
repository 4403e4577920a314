"""The door of consultations: routes and triggers."""

from chalice.app import CloudWatchEvent, Rate

from consultations import consumers, events
from consultations.schemas import (
    CancelRequest,
    ConsultationRequest,
    Consultations,
    ConsultationsQuery,
    ConsultationView,
    DeclineRequest,
    IntakeQuery,
    IntakeRequest,
    IntakeView,
    ProposalDraft,
)
from consultations.store import table
from consultations.use_cases import (
    due_work,
    intakes,
    lifecycle,
    person_copies,
    proposal_draft,
    queries,
    requests,
)
from shared.data.person_copies import CopiesByUserQuery, PersonCopies
from shared.events import queues
from shared.events.domain_events import DomainEvent
from shared.http.app import FeatureApp
from shared.http.caller import Caller, Role
from shared.platform import clock

app = FeatureApp("consultations", ready={"dynamodb": table.ping})
app.publishes(*events.PUBLISHED)
app.health_route()
outbox = app.outbox_relay(table="consultations")


# ---- intake ------------------------------------------------------------------------------------


@app.route("/v1/consultations/intake", methods=["GET"], public=True)
def get_intake(query: IntakeQuery) -> IntakeView:
    """What an artist asks whoever asks them: now, or in a `version` of their questions."""
    return intakes.read(query)


@app.route("/v1/consultations/intake", methods=["PUT"], roles=(Role.ARTIST,))
def save_intake(caller: Caller, body: IntakeRequest) -> IntakeView:
    """Ask these questions from now on: the next version; what was answered stays as it was.

    `shownIf` names an earlier question, and the answers that make this one be asked.
    """
    return intakes.save(caller, body, clock.now())


# ---- consultations -----------------------------------------------------------------------------


@app.route("/v1/consultations", methods=["POST"], status=201)
def request_consultation(caller: Caller, body: ConsultationRequest) -> ConsultationView:
    """A client asks an artist; `intake` answers the artist's questions in the version it names.

    `ageConfirmation` is needed where the artist's age policy is in force, and names its version.
    """
    return requests.ask(caller, body, clock.now())


@app.route("/v1/consultations", methods=["GET"])
def list_consultations(caller: Caller, query: ConsultationsQuery) -> Consultations:
    """The caller's consultations, the newest first, with how many there are of each status."""
    return queries.list_for(caller, query)


@app.route("/v1/consultations/{id}", methods=["GET"])
def get_consultation(caller: Caller, id: str) -> ConsultationView:
    """One consultation; `viewedAt` is when the artist first did this."""
    return lifecycle.open_(caller, id, clock.now())


@app.route("/v1/consultations/{id}/decline", methods=["POST"])
def decline_consultation(caller: Caller, id: str, body: DeclineRequest) -> ConsultationView:
    """The artist does not take it, and says why."""
    return lifecycle.decline(caller, id, body, clock.now())


@app.route("/v1/consultations/{id}/cancel", methods=["POST"])
def cancel_consultation(caller: Caller, id: str, body: CancelRequest) -> ConsultationView:
    """The client takes it back; what is booked already is cancelled as an appointment."""
    return lifecycle.cancel(caller, id, body, clock.now())


@app.route("/v1/consultations/{id}/archive", methods=["POST"])
def archive_consultation(caller: Caller, id: str) -> ConsultationView:
    """Put away what is over. The other one still has it where it was."""
    return lifecycle.archive(caller, id, clock.now())


@app.route("/v1/consultations/{id}/proposal-draft", methods=["GET"])
def draft_proposal(caller: Caller, id: str) -> ProposalDraft:
    """All of it as the body of `POST /v1/appointments/proposals`, for the artist to complete."""
    return proposal_draft.draft(caller, id)


# ---- triggers ----------------------------------------------------------------------------------


@app.on_domain_events(*consumers.HANDLERS)
def events_worker(event: DomainEvent) -> None:
    """Learn of people, policies, files, messages, and what becomes of proposals."""
    consumers.handle(event, clock.now())


@app.schedule(Rate(1, unit=Rate.MINUTES))
def sweeper(event: CloudWatchEvent) -> None:
    """Do what time alone brings about."""
    due_work.sweep(clock.now(), lambda: queues.seconds_left(event))


# ---- for operators -----------------------------------------------------------------------------


@app.operator_function()
def copies(request: CopiesByUserQuery) -> PersonCopies:
    """The copies of these users' cards, to be compared with profiles'."""
    return person_copies.kept(request)
