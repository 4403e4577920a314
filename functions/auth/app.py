"""Routes and triggers of auth."""

from chalice.app import Request

from auth import consumers, events, store
from auth.rules.errors import InvalidCode, InvalidCredentials, InvalidRefreshToken
from auth.schemas import (
    AuditPage,
    AuditQuery,
    AuditVerification,
    AuditVerificationRequest,
    DeleteAccountRequest,
    JsonWebKeySet,
    LoginRequest,
    LogoutQuery,
    ProvisionRequest,
    RefreshRequest,
    RegisterRequest,
    RegistrationAccepted,
    RotatedKeys,
    RotateKeysRequest,
    Tokens,
    User,
    VerifyEmailRequest,
)
from auth.use_cases import (
    accounts,
    audit,
    person_copies,
    public_keys,
    registration,
    sessions,
    token_keys,
)
from domain.errors import Forbidden, NotFound, SessionEnded
from domain.types import UserId
from shared.data.person_copies import CopiesByUserQuery, PersonCopies
from shared.events.domain_events import DomainEvent
from shared.http import access_tokens
from shared.http.app import FeatureApp
from shared.http.caller import Caller, Role
from shared.http.operations import TypedResponse
from shared.platform import clock

app = FeatureApp(
    "auth",
    ready={"dynamodb": store.ping, "kms": access_tokens.ping},
    services=("kms",),
    worker_services=("dynamodb",),
)
app.publishes(*events.PUBLISHED)
app.health_route()
outbox = app.outbox_relay(table="auth")


@app.route("/v1/auth/register", methods=["POST"], public=True, status=202, limit="sign-in")
def register_account(body: RegisterRequest) -> RegistrationAccepted:
    """Register an account.

    The answer is the same whether or not the address has an account. A new address gets a mail
    with a code for `POST /v1/auth/verify-email`; the owner of an existing account gets a warning.
    """
    registration.register(body, clock.now())
    return RegistrationAccepted()


@app.route(
    "/v1/auth/verify-email",
    methods=["POST"],
    public=True,
    limit="sign-in",
    errors=(InvalidCode,),
)
def verify_email(body: VerifyEmailRequest, request: Request) -> Tokens:
    """Verify an email address.

    Creates the account that the code was mailed for and signs its user in.
    """
    return registration.verify_email(body, _user_agent(request), clock.now())


@app.route(
    "/v1/auth/login",
    methods=["POST"],
    public=True,
    limit="sign-in",
    errors=(InvalidCredentials,),
)
def log_in(body: LoginRequest, request: Request) -> Tokens:
    """Sign in with email address and password."""
    return sessions.log_in(body, _user_agent(request), clock.now())


@app.route(
    "/v1/auth/refresh",
    methods=["POST"],
    public=True,
    limit="refresh",
    errors=(InvalidRefreshToken,),
)
def refresh_tokens(body: RefreshRequest) -> Tokens:
    """Exchange a refresh token for new tokens.

    Each refresh token works once. For ten seconds the same exchange may be repeated, in case its
    answer was lost. Later use of an old token ends the session, because another party may hold it
    (RFC 9700, section 4.14.2).
    """
    return sessions.refresh(body.refresh_token, clock.now())


@app.route("/v1/auth/logout", methods=["POST"], status=204)
def log_out(caller: Caller, query: LogoutQuery) -> None:
    """Sign out.

    Ends the current session, or with `everywhere=true` the sessions of all devices.
    """
    sessions.log_out(caller.user_id, caller.session_id, query.everywhere)


@app.route("/v1/auth/me", methods=["GET"], errors=(SessionEnded,))
def get_account(caller: Caller) -> User:
    """Get your own account."""
    return accounts.get(caller)


@app.route("/v1/auth/me", methods=["DELETE"], status=204, errors=(SessionEnded, Forbidden))
def delete_account(caller: Caller, body: DeleteAccountRequest) -> None:
    """Delete your own account.

    Every feature erases your data shortly afterwards. This cannot be undone.
    """
    accounts.delete(caller, body.password, clock.now())


@app.route("/v1/auth/audit", methods=["GET"])
def list_audit_entries(caller: Caller, query: AuditQuery) -> AuditPage:
    """List what happened to your account, the newest first.

    Each entry holds the hash of the one before it, so that none can be changed unnoticed. Failed
    sign-ins are counted between entries.
    """
    return audit.list_own(caller, query)


@app.route("/v1/auth/accounts/{id}/audit", methods=["GET"], roles=(Role.ADMIN,), errors=(NotFound,))
def list_audit_entries_of_account(caller: Caller, id: UserId, query: AuditQuery) -> AuditPage:
    """List what happened to an account.

    The log of a deleted account is kept for 90 days.
    """
    return audit.list_of(id, caller, query)


@app.route(
    "/.well-known/jwks.json",
    methods=["GET"],
    public=True,
    keyless=True,
    limit="documents",
    response_headers=("Cache-Control",),
)
def get_public_keys() -> TypedResponse[JsonWebKeySet]:
    """Get the public keys that verify access tokens.

    They are replaced every two hours. A key is listed half an hour before it signs and until the
    last token that it signed has expired.
    """
    return TypedResponse(
        public_keys.get_key_set(clock.now()), {"cache-control": "public, max-age=900"}
    )


@app.on_domain_events(*consumers.HANDLERS)
def events_worker(event: DomainEvent) -> None:
    """Consume events of other features."""
    consumers.handle(event)


@app.operator_function()
def copies(request: CopiesByUserQuery) -> PersonCopies:
    """List the copied names of users, to be compared with their profiles."""
    return person_copies.list_copies(request)


@app.operator_function()
def provision_user(request: ProvisionRequest) -> User:
    """Create a verified account of any role."""
    return registration.provision(request, clock.now())


@app.operator_function()
def rotate_keys(request: RotateKeysRequest) -> RotatedKeys:
    """Replace the keys that sign access tokens and seal refresh tokens."""
    return token_keys.rotate(request, clock.now())


@app.operator_function()
def verify_audit(request: AuditVerificationRequest) -> AuditVerification:
    """Verify the audit log of an account."""
    return audit.verify(request.user_id, clock.now())


def _user_agent(request: Request) -> str:
    return str(request.headers.get("user-agent", ""))
