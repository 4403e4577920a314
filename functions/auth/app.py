"""The door of auth: routes and triggers."""

from chalice.app import Request

from auth import store
from auth.schemas import (
    DeleteAccountRequest,
    JsonWebKeySet,
    LoginRequest,
    LogoutQuery,
    ProvisionRequest,
    RefreshRequest,
    Registered,
    RegisterRequest,
    RegistrationRepeated,
    Tokens,
    User,
    UserDeleted,
    UserRegistered,
    UserVerified,
    VerificationRequested,
    VerifyEmailRequest,
)
from auth.use_cases import accounts, person_copies, registration, sessions
from shared.data.person_copies import CopiesByUserQuery, PersonCopies
from shared.events.domain_events import DomainEvent
from shared.http import access_tokens
from shared.http.access_tokens import public_keys
from shared.http.app import FeatureApp
from shared.http.caller import Caller
from shared.http.operations import TypedResponse
from shared.platform import clock

app = FeatureApp("auth", ready={"dynamodb": store.ping, "kms": access_tokens.ping})
app.publishes(
    UserRegistered, UserVerified, UserDeleted, VerificationRequested, RegistrationRepeated
)
app.health_route()
outbox = app.outbox_relay(table="auth")


@app.route("/v1/auth/register", methods=["POST"], public=True, status=202)
def register(body: RegisterRequest) -> Registered:
    """Ask for an account.

    The answer is always the same; the mail carries a code for `verify-email`.
    """
    registration.register(body, clock.now())
    return Registered()


@app.route("/v1/auth/verify-email", methods=["POST"], public=True)
def verify_email(body: VerifyEmailRequest, request: Request) -> Tokens:
    """Prove an address by the code from the mail, and sign in."""
    return registration.verify_email(body, _user_agent(request), clock.now())


@app.route("/v1/auth/login", methods=["POST"], public=True)
def login(body: LoginRequest, request: Request) -> Tokens:
    """Sign in with email and password."""
    return sessions.log_in(body, _user_agent(request), clock.now())


@app.route("/v1/auth/refresh", methods=["POST"], public=True)
def refresh(body: RefreshRequest) -> Tokens:
    """Exchange a refresh token, once, for its successor and a fresh access token."""
    return sessions.refresh(body.refresh_token, clock.now())


@app.route("/v1/auth/logout", methods=["POST"], status=204)
def logout(caller: Caller, query: LogoutQuery) -> None:
    """End this session, or with `everywhere=true` the sessions of all devices."""
    sessions.log_out(caller.user_id, caller.session_id, query.everywhere)


@app.route("/v1/auth/me", methods=["GET"])
def me(caller: Caller) -> User:
    """The signed-in person's account."""
    return accounts.me(caller)


@app.route("/v1/auth/me", methods=["DELETE"], status=204)
def delete_me(caller: Caller, body: DeleteAccountRequest) -> None:
    """Delete the signed-in person's account, and with it what every feature keeps of them."""
    accounts.delete(caller, body.password, clock.now())


@app.route("/.well-known/jwks.json", methods=["GET"], public=True, keyless=True, limit="documents")
def jwks() -> TypedResponse[JsonWebKeySet]:
    """The public keys that verify access tokens."""
    keys = JsonWebKeySet([key.jwk for key in public_keys()])
    return TypedResponse(keys, {"cache-control": "public, max-age=900"})


@app.on_domain_events("user.profile.updated")
def events_worker(event: DomainEvent) -> None:
    """Learn the names that users go by."""
    person_copies.profile_updated(event)


@app.operator_function()
def copies(request: CopiesByUserQuery) -> PersonCopies:
    """The names kept of these users, to be compared with their cards."""
    return person_copies.copies(request)


@app.operator_function()
def provision_user(request: ProvisionRequest) -> User:
    """Create a ready account of any role."""
    return registration.provision(request, clock.now())


def _user_agent(request: Request) -> str:
    return str(request.headers.get("user-agent", ""))
