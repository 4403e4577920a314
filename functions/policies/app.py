"""The door of policies: routes, the outbox, and what is heard of users."""

from chalice.app import Request

from policies import store
from policies.models import Origin
from policies.schemas import (
    Acceptance,
    AcceptanceRequest,
    Acceptances,
    AcceptancesQuery,
    DraftRequest,
    DraftsQuery,
    Policies,
    PoliciesQuery,
    PolicyAccepted,
    PolicyDraft,
    PolicyDrafts,
    PolicyPublished,
    PolicyVersion,
    PolicyVersions,
    PolicyWithdrawn,
    PublishRequest,
    SubjectQuery,
    Verification,
    VersionsQuery,
)
from policies.use_cases import acceptances, erasure, publication, versions
from shared.events.domain_events import DomainEvent
from shared.http.app import FeatureApp
from shared.http.caller import Caller, Role
from shared.platform import clock

app = FeatureApp("policies", ready={"dynamodb": store.ping})
app.publishes(PolicyPublished, PolicyWithdrawn, PolicyAccepted)
app.health_route()
outbox = app.outbox_relay(table="policies")


# ---- what everybody may read -------------------------------------------------------------------


@app.route("/v1/policies", methods=["GET"], public=True)
def policies(query: PoliciesQuery) -> Policies:
    """What is in force with an artist, in general or for one service.

    Of each kind the service's own version, else the artist's, else the default that every artist
    begins with; and the consent forms.
    """
    return versions.holding(query)


@app.route("/v1/policies/versions", methods=["GET"], public=True)
def version_history(query: VersionsQuery) -> PolicyVersions:
    """All published versions of one kind, the newest first."""
    return versions.history(query)


@app.route("/v1/policies/versions/{id}", methods=["GET"], public=True)
def version(id: str) -> PolicyVersion:
    """A published version, in force or not. It never changes."""
    return versions.as_answer(versions.find(id))


# ---- what the artist lays down -----------------------------------------------------------------


@app.route("/v1/policies/drafts", methods=["GET"], roles=(Role.ARTIST,))
def drafts(caller: Caller, query: DraftsQuery) -> PolicyDrafts:
    """The caller's drafts."""
    return publication.list_drafts(caller, query)


@app.route("/v1/policies/drafts/{kind}", methods=["PUT"], roles=(Role.ARTIST,))
def save_draft(caller: Caller, kind: str, body: DraftRequest) -> PolicyDraft:
    """Keep a draft of this kind, in general or for one service, in the place of the one before."""
    return publication.save_draft(caller, kind, body, clock.now())


@app.route("/v1/policies/drafts/{kind}", methods=["DELETE"], status=204, roles=(Role.ARTIST,))
def drop_draft(caller: Caller, kind: str, query: SubjectQuery) -> None:
    """Drop a draft."""
    publication.drop_draft(caller, kind, query)


@app.route("/v1/policies/drafts/{kind}/publish", methods=["POST"], status=201, roles=(Role.ARTIST,))
def publish(caller: Caller, kind: str, body: PublishRequest) -> PolicyVersion:
    """Publish a draft as the next version, which holds from now on and never changes."""
    return publication.publish(caller, kind, body, clock.now())


@app.route("/v1/policies/overrides/{kind}", methods=["DELETE"], status=204, roles=(Role.ARTIST,))
def end_override(caller: Caller, kind: str, query: SubjectQuery) -> None:
    """End what holds for one service only, or a consent form. The version stays readable."""
    publication.withdraw(caller, kind, query, clock.now())


# ---- acceptances -------------------------------------------------------------------------------


@app.route("/v1/policies/{id}/acceptances", methods=["POST"], status=201)
def accept(caller: Caller, id: str, body: AcceptanceRequest, request: Request) -> Acceptance:
    """Accept a version. Kept with it: when, from which address, by what browser, and the name."""
    return acceptances.accept(caller, id, body, _origin(request), clock.now())


@app.route("/v1/policies/acceptances", methods=["GET"])
def list_acceptances(caller: Caller, query: AcceptancesQuery) -> Acceptances:
    """What the caller accepted, or as an artist, what others accepted of theirs."""
    return acceptances.list_own(caller, query)


@app.route("/v1/policies/acceptances/verify", methods=["GET"], roles=(Role.ARTIST,))
def verify_acceptances(caller: Caller) -> Verification:
    """Prove that none of the acceptances of the caller's policies was changed or taken out."""
    return acceptances.verify(caller)


# ---- what is heard -----------------------------------------------------------------------------


@app.on_domain_events("user.deleted")
def events_worker(event: DomainEvent) -> None:
    """Erase what is kept of a deleted user."""
    erasure.user_deleted(event, clock.now())


def _origin(request: Request) -> Origin:
    return Origin(
        ip=str(request.context["identity"]["sourceIp"]),
        user_agent=str(request.headers.get("user-agent", "")),
    )
