"""Routes and triggers of policies."""

from chalice.app import Request

from domain.errors import Forbidden, SessionEnded
from domain.policy_terms import PolicyVersionId
from policies import consumers, events
from policies.models import RequestOrigin
from policies.rules.errors import DraftChanged, NotInForce, TextChanged, TooManyPolicies
from policies.schemas import (
    AcceptanceVerification,
    AcceptPolicyRequest,
    PoliciesQuery,
    PolicyAcceptance,
    PolicyAcceptanceList,
    PolicyAcceptancesQuery,
    PolicyDraft,
    PolicyDraftList,
    PolicyDraftRequest,
    PolicyDraftsQuery,
    PolicyKindName,
    PolicyList,
    PolicySubjectQuery,
    PolicyVersion,
    PolicyVersionList,
    PolicyVersionsQuery,
    PublishPolicyRequest,
)
from policies.store import table
from policies.use_cases import acceptances, imports, publication, versions
from shared.data import imported_rows
from shared.data.imported_rows import ImportedRows, ImportRowsRequest
from shared.events.domain_events import DomainEvent
from shared.http.app import FeatureApp
from shared.http.caller import Caller, Role
from shared.http.operations import TypedResponse
from shared.platform import clock

app = FeatureApp(
    "policies",
    ready={"dynamodb": table.ping},
    services=("ssm",),
    worker_services=("dynamodb",),
)
app.publishes(*events.PUBLISHED)
app.health_route()
outbox = app.outbox_relay(table="policies")


# ---- published versions ------------------------------------------------------------------------


@app.route("/v1/policies", methods=["GET"], public=True)
def list_policies(query: PoliciesQuery) -> PolicyList:
    """List an artist's policies in force, page by page.

    For each kind this is the newest version for the service, or else the artist's newest general
    version, or else the default that every artist starts with. Consent forms follow.
    """
    return versions.list_in_force(query)


@app.route("/v1/policies/versions", methods=["GET"], public=True)
def list_policy_versions(query: PolicyVersionsQuery) -> PolicyVersionList:
    """List the published versions of a policy.

    Newest first, withdrawn ones included.
    """
    return versions.list_history(query)


@app.route("/v1/policies/versions/{id}", methods=["GET"], public=True)
def get_policy_version(id: PolicyVersionId) -> PolicyVersion:
    """Get a published version.

    A version never changes, and stays readable when it is no longer in force.
    """
    return versions.present(versions.get(id))


# ---- drafts and publication --------------------------------------------------------------------


@app.route("/v1/policies/drafts", methods=["GET"], roles=(Role.ARTIST,))
def list_policy_drafts(caller: Caller, query: PolicyDraftsQuery) -> PolicyDraftList:
    """List your drafts."""
    return publication.list_drafts(caller, query)


@app.route("/v1/policies/drafts/{kind}", methods=["PUT"], roles=(Role.ARTIST,))
def replace_policy_draft(
    caller: Caller, kind: PolicyKindName, body: PolicyDraftRequest
) -> PolicyDraft:
    """Save a draft, replacing the one before.

    There is one draft of each kind, consent form and service.
    """
    return publication.replace_draft(caller, kind, body, clock.now())


@app.route("/v1/policies/drafts/{kind}", methods=["DELETE"], status=204, roles=(Role.ARTIST,))
def delete_policy_draft(caller: Caller, kind: PolicyKindName, query: PolicySubjectQuery) -> None:
    """Delete a draft."""
    publication.delete_draft(caller, kind, query)


@app.route(
    "/v1/policies/drafts/{kind}/publish",
    methods=["POST"],
    status=201,
    roles=(Role.ARTIST,),
    errors=(DraftChanged, TooManyPolicies),
)
def publish_policy(
    caller: Caller, kind: PolicyKindName, body: PublishPolicyRequest
) -> PolicyVersion:
    """Publish a draft as the next version.

    The version is in force from now on and never changes. The draft is deleted. If it was saved
    again since the `version` that the request names, nothing is published.
    """
    return publication.publish(caller, kind, body, clock.now())


@app.route("/v1/policies/overrides/{kind}", methods=["DELETE"], status=204, roles=(Role.ARTIST,))
def withdraw_policy(caller: Caller, kind: PolicyKindName, query: PolicySubjectQuery) -> None:
    """Withdraw a policy for one service, or one that has no default in general.

    The version stays readable. A general deposit, design, reschedule or cancellation policy can
    only be replaced by a newer version.
    """
    publication.withdraw(caller, kind, query, clock.now())


# ---- acceptances -------------------------------------------------------------------------------


@app.route(
    "/v1/policies/{id}/acceptances",
    methods=["POST"],
    status=201,
    repeat_status=200,
    errors=(Forbidden, TextChanged, NotInForce, SessionEnded),
)
def accept_policy(
    caller: Caller, id: PolicyVersionId, body: AcceptPolicyRequest, request: Request
) -> TypedResponse[PolicyAcceptance]:
    """Accept a version of a policy.

    The time, the address and the user agent of the request are stored with the acceptance. A
    version is accepted once for each appointment, and once for none: a repetition answers the first
    acceptance, with status 200. A version that was replaced or withdrawn can only be accepted for
    an appointment that was agreed on while it was in force; a consent form not even then.
    """
    return acceptances.accept(caller, id, body, _request_origin(request), clock.now())


@app.route("/v1/policies/acceptances", methods=["GET"])
def list_policy_acceptances(caller: Caller, query: PolicyAcceptancesQuery) -> PolicyAcceptanceList:
    """List acceptances that you gave, or received as an artist."""
    return acceptances.list_own(caller, query)


@app.route("/v1/policies/acceptances/verify", methods=["GET"], roles=(Role.ARTIST,))
def verify_policy_acceptances(caller: Caller) -> AcceptanceVerification:
    """Verify that no acceptance of your policies was changed or removed."""
    return acceptances.verify(caller)


# ---- triggers ----------------------------------------------------------------------------------


@app.on_domain_events(*consumers.HANDLERS)
def events_worker(event: DomainEvent) -> None:
    """Consume the events of other features."""
    consumers.handle(event, clock.now())


def _request_origin(request: Request) -> RequestOrigin:
    return RequestOrigin(
        ip=str(request.context["identity"]["sourceIp"]),
        user_agent=str(request.headers.get("user-agent", "")),
    )


@app.operator_function()
def import_rows(request: ImportRowsRequest) -> ImportedRows:
    """Import policies, as drafts, from an earlier system."""
    return imported_rows.import_rows(request, imports.KINDS, clock.now())
