"""Routes and triggers of auth."""

from chalice.app import Request

from auth import consumers, events, store
from auth.rules.errors import (
    AccountBanned,
    AssistantExists,
    AttemptEnded,
    EmailNotVerified,
    ExportRequestedRecently,
    IdentityNotLinked,
    IdentityRefused,
    IdentityTaken,
    InvalidCode,
    InvalidCredentials,
    InvalidPasskey,
    InvalidRefreshToken,
    LastSignInWay,
    OwnAccount,
    PasskeyLimit,
    ProviderUnavailable,
    TooManyAssistants,
    TooManyGuesses,
    TotpEnabled,
    TotpMissing,
)
from auth.schemas import (
    Account,
    AccountList,
    AccountQuery,
    AddPasskeyRequest,
    AssistanceId,
    Assistant,
    AssistantList,
    AuditPage,
    AuditQuery,
    AuditVerification,
    AuditVerificationRequest,
    ChangeAssistantRequest,
    ChangeEmailRequest,
    ChangePasswordRequest,
    ChangeRoleRequest,
    CodeSent,
    ConfirmEmailRequest,
    DeleteAccountRequest,
    EndSessionsQuery,
    ExportAccepted,
    ForgotPasswordRequest,
    IdentityList,
    IdentityView,
    InviteAssistantRequest,
    JsonWebKeySet,
    LoginRequest,
    LogoutQuery,
    MfaRequired,
    Passkey,
    PasskeyChallenge,
    PasskeyCreation,
    PasskeyId,
    PasskeyList,
    PasskeyProof,
    ProviderAnswer,
    ProviderId,
    ProviderList,
    ProviderStarted,
    ProvisionRequest,
    ReasonRequest,
    RecoveryCodes,
    RefreshRequest,
    RegisterRequest,
    RegistrationAccepted,
    ReportRequest,
    ResendRequest,
    ResetMailAccepted,
    ResetPasswordRequest,
    RotatedKeys,
    RotateKeysRequest,
    SecondFactors,
    SessionId,
    SessionList,
    SignInByCodeRequest,
    SignInCodeRequest,
    StartProviderRequest,
    StepUpRequest,
    Studio,
    StudioList,
    StudioToken,
    Tokens,
    TotpCodeRequest,
    TotpSecret,
    User,
    VerifyEmailRequest,
    VerifyMfaRequest,
)
from auth.use_cases import (
    accounts,
    administration,
    assistants,
    audit,
    code_sign_in,
    email_changes,
    exports,
    identities,
    imports,
    passkeys,
    password_changes,
    password_sign_in,
    person_copies,
    public_keys,
    registration,
    reports,
    second_factors,
    sessions,
    token_keys,
)
from auth.use_cases import step_up as step_up_proofs
from domain.devices import Device
from domain.errors import Forbidden, NotFound, SessionEnded
from domain.step_up import StepUpRequired
from domain.types import UserId
from shared.data import imported_rows
from shared.data.conflicts import Busy
from shared.data.imported_rows import ImportedRows, ImportRowsRequest
from shared.data.person_copies import CopiesByUserQuery, PersonCopies
from shared.events.domain_events import DomainEvent
from shared.http import access_tokens
from shared.http.app import FeatureApp
from shared.http.caller import Caller, Role
from shared.http.operations import RawResponse, TypedResponse
from shared.http.request import raw_body
from shared.platform import clock

app = FeatureApp(
    "auth",
    ready={"dynamodb": store.ping, "kms": access_tokens.ping},
    services=("kms",),
    worker_services=("dynamodb",),
)
app.publishes(*events.PUBLISHED)
app.health_route()
outbox = app.outbox_relay(table="auth", secret=store.outbox_secret)


@app.route("/v1/auth/register", methods=["POST"], public=True, status=202, limit="sign-in")
def register_account(body: RegisterRequest, request: Request) -> RegistrationAccepted:
    """Register an account.

    The answer is the same whether or not the address has an account. A new address gets a mail
    with a code for `POST /v1/auth/verify-email`; the owner of an existing account gets a warning.
    The code opens nothing without the `attemptId` of this answer.
    """
    return registration.register(body, _device(request), clock.now())


@app.route(
    "/v1/auth/register/resend",
    methods=["POST"],
    public=True,
    status=202,
    limit="sign-in",
    errors=(AttemptEnded,),
)
def resend_code(body: ResendRequest, request: Request) -> RegistrationAccepted:
    """Mail another code.

    It replaces the one that was mailed before, and can be asked for three times.
    """
    return registration.resend(body, _device(request), clock.now())


@app.route(
    "/v1/auth/verify-email",
    methods=["POST"],
    public=True,
    limit="sign-in",
    errors=(InvalidCode, TooManyGuesses),
)
def verify_email(body: VerifyEmailRequest, request: Request) -> Tokens:
    """Verify an email address.

    Creates the account that the code was mailed for and signs its user in. Five wrong codes end the
    attempt; `POST /v1/auth/register/resend` brings another code, and five more.
    """
    return registration.verify_email(body, _device(request), clock.now())


@app.route(
    "/v1/auth/login",
    methods=["POST"],
    public=True,
    limit="sign-in",
    errors=(InvalidCredentials, TooManyGuesses, AccountBanned, Busy),
)
def log_in(body: LoginRequest, request: Request) -> Tokens | MfaRequired:
    """Sign in with email address and password.

    An account with a second factor gets a challenge instead of tokens, for
    `POST /v1/auth/mfa/verify`.
    After five wrong passwords the account has to wait, longer with each further one. A device that
    signed in to it before has an allowance of its own.
    """
    return password_sign_in.log_in(body, _device(request), clock.now())


@app.route(
    "/v1/auth/refresh",
    methods=["POST"],
    public=True,
    limit="refresh",
    errors=(InvalidRefreshToken, AccountBanned, Busy),
)
def refresh_tokens(body: RefreshRequest, request: Request) -> Tokens:
    """Exchange a refresh token for new tokens.

    Each exchange makes another refresh token the current one. The one before it may be exchanged
    again for as long as the current one was not, in case the answer was lost or another tab was
    faster: the answer is the same refresh token. Later use of an older one ends the session,
    because another party may hold it (RFC 9700, section 4.14.2). At most 300 refreshes of a session
    are allowed in 15 minutes.
    """
    return sessions.refresh(body.refresh_token, _device(request), clock.now())


@app.route("/v1/auth/password/forgot", methods=["POST"], public=True, status=202, limit="sign-in")
def forget_password(body: ForgotPasswordRequest, request: Request) -> ResetMailAccepted:
    """Ask for a code to set a new password.

    The answer is the same whether or not the address has an account. An account without a password
    gets its first one in this way.
    """
    return password_changes.forget(body.email, _device(request), clock.now())


@app.route(
    "/v1/auth/password/reset",
    methods=["POST"],
    public=True,
    status=204,
    limit="sign-in",
    errors=(InvalidCode, TooManyGuesses, Busy),
)
def reset_password(body: ResetPasswordRequest, request: Request) -> None:
    """Set a new password by the code from a mail.

    The code works once, for ten minutes, and ends all sessions. Sign in afterwards.
    """
    password_changes.reset(body, _device(request), clock.now())


@app.route(
    "/v1/auth/password",
    methods=["PUT"],
    status=204,
    errors=(SessionEnded, StepUpRequired, Forbidden, TooManyGuesses, Busy),
)
def change_password(caller: Caller, body: ChangePasswordRequest, request: Request) -> None:
    """Change your password.

    Ends the sessions of all other devices. An account without a password gets one by
    `POST /v1/auth/password/forgot`. One with an authenticator app or a passkey changes it within
    ten minutes after signing in, or after a step-up.
    """
    password_changes.change(caller, body, _device(request), clock.now())


@app.route("/v1/auth/code", methods=["POST"], public=True, status=202, limit="sign-in")
def request_sign_in_code(body: SignInCodeRequest, request: Request) -> CodeSent:
    """Ask for a code to sign in without a password.

    The answer is the same whether or not the address has an account. The code opens nothing without
    the `attemptId` of this answer.
    """
    return code_sign_in.request_code(body, _device(request), clock.now())


@app.route(
    "/v1/auth/code/verify",
    methods=["POST"],
    public=True,
    limit="sign-in",
    errors=(InvalidCode, TooManyGuesses, AccountBanned, Busy),
)
def sign_in_by_code(body: SignInByCodeRequest, request: Request) -> Tokens | MfaRequired:
    """Sign in by the code from a mail.

    An address without an account gets one, of a client without a password. An account with a second
    factor gets a challenge instead of tokens, for `POST /v1/auth/mfa/verify`.
    """
    return code_sign_in.sign_in(body, _device(request), clock.now())


@app.route(
    "/v1/auth/email",
    methods=["POST"],
    status=202,
    errors=(SessionEnded, StepUpRequired, Forbidden, TooManyGuesses),
)
def request_email_change(caller: Caller, body: ChangeEmailRequest, request: Request) -> CodeSent:
    """Ask for another address for your account.

    The new and the current address get a code each, unless the new one has an account already.
    """
    return email_changes.request_change(caller, body, _device(request), clock.now())


@app.route(
    "/v1/auth/email/confirm",
    methods=["POST"],
    status=204,
    errors=(SessionEnded, InvalidCode, TooManyGuesses, Busy),
)
def confirm_email_change(caller: Caller, body: ConfirmEmailRequest, request: Request) -> None:
    """Change the address of your account by the codes from both mails.

    Ends the sessions of all other devices.
    """
    email_changes.confirm(caller, body, _device(request), clock.now())


@app.route(
    "/v1/auth/reports",
    methods=["POST"],
    public=True,
    status=204,
    limit="sign-in",
    errors=(AttemptEnded, Busy),
)
def report(body: ReportRequest, request: Request) -> None:
    """Report a change of your account, or a sign-in, that was not yours.

    The token is in the mail about it. All sessions end, the address that the mail went to is that
    of the account again, and it gets a code for a new password; the old one does not work any more.
    """
    reports.file(body.token, _device(request), clock.now())


@app.route(
    "/v1/auth/mfa/verify",
    methods=["POST"],
    public=True,
    limit="sign-in",
    errors=(InvalidCode, TooManyGuesses, AccountBanned, Busy),
)
def verify_second_factor(body: VerifyMfaRequest, request: Request) -> Tokens:
    """Complete a sign-in by its second factor.

    The code is that of the authenticator app, or one of the recovery codes; each works once.
    """
    return second_factors.verify(body, _device(request), clock.now())


@app.route("/v1/auth/mfa", methods=["GET"], errors=(SessionEnded,))
def get_second_factors(caller: Caller) -> SecondFactors:
    """Get the second factors of your account."""
    return second_factors.show(caller, clock.now())


@app.route(
    "/v1/auth/mfa/totp",
    methods=["POST"],
    idempotent=False,
    errors=(SessionEnded, StepUpRequired, TotpEnabled),
)
def begin_totp(caller: Caller) -> TotpSecret:
    """Get the secret of a new authenticator app.

    It becomes your second factor with its first code: `POST /v1/auth/mfa/totp/confirm`.
    """
    return second_factors.begin_totp(caller, clock.now())


@app.route(
    "/v1/auth/mfa/totp/confirm",
    methods=["POST"],
    idempotent=False,
    errors=(SessionEnded, TotpMissing, TotpEnabled, InvalidCode, TooManyGuesses, Busy),
)
def confirm_totp(caller: Caller, body: TotpCodeRequest, request: Request) -> RecoveryCodes:
    """Make an authenticator app your second factor.

    Keep the recovery codes of the answer: each replaces the app once, and they are not shown again.
    """
    return second_factors.confirm_totp(caller, body.code, _device(request), clock.now())


@app.route(
    "/v1/auth/mfa/totp",
    methods=["DELETE"],
    status=204,
    errors=(SessionEnded, TotpMissing, InvalidCode, TooManyGuesses, Busy),
)
def disable_totp(caller: Caller, body: TotpCodeRequest, request: Request) -> None:
    """Remove your authenticator app, by one of its codes or a recovery code."""
    second_factors.disable_totp(caller, body.code, _device(request), clock.now())


@app.route(
    "/v1/auth/mfa/recovery-codes",
    methods=["POST"],
    idempotent=False,
    errors=(SessionEnded, TotpMissing, InvalidCode, TooManyGuesses, Busy),
)
def replace_recovery_codes(
    caller: Caller, body: TotpCodeRequest, request: Request
) -> RecoveryCodes:
    """Replace your recovery codes, by a code of the authenticator app."""
    return second_factors.replace_recovery_codes(caller, body.code, _device(request), clock.now())


@app.route(
    "/v1/auth/step-up",
    methods=["POST"],
    idempotent=False,
    errors=(
        SessionEnded,
        StepUpRequired,
        Forbidden,
        InvalidCode,
        InvalidPasskey,
        TooManyGuesses,
        AccountBanned,
        Busy,
    ),
)
def step_up(caller: Caller, body: StepUpRequest, request: Request) -> Tokens:
    """Prove again who you are, for a sensitive change.

    Ways to sign in, the address, an export and the bank account can be changed for ten minutes
    after signing in; later it is a 403 `step_up_required`, whose `accepts` names the ways that your
    account has. Use the tokens of this answer from then on.
    """
    return step_up_proofs.prove(caller, body, _device(request), clock.now())


@app.route(
    "/v1/auth/passkeys/options",
    methods=["POST"],
    errors=(SessionEnded, StepUpRequired, PasskeyLimit),
)
def begin_passkey(caller: Caller) -> PasskeyCreation:
    """Get the options with which the browser makes a passkey.

    Pass `publicKey` to `PublicKeyCredential.parseCreationOptionsFromJSON()`, and send `toJSON()` of
    what `navigator.credentials.create()` returns to `POST /v1/auth/passkeys`, within five minutes.
    """
    return passkeys.begin_adding(caller, clock.now())


@app.route(
    "/v1/auth/passkeys",
    methods=["POST"],
    status=201,
    errors=(SessionEnded, InvalidPasskey, PasskeyLimit, Busy),
)
def add_passkey(caller: Caller, body: AddPasskeyRequest, request: Request) -> Passkey:
    """Add a passkey to your account.

    It signs you in without address, password and second factor.
    """
    return passkeys.add(caller, body, _device(request), clock.now())


@app.route("/v1/auth/passkeys", methods=["GET"], errors=(SessionEnded,))
def list_passkeys(caller: Caller) -> PasskeyList:
    """List the passkeys of your account."""
    return passkeys.list_own(caller, clock.now())


@app.route(
    "/v1/auth/passkeys/{id}",
    methods=["DELETE"],
    status=204,
    errors=(SessionEnded, StepUpRequired, NotFound, LastSignInWay, Busy),
)
def remove_passkey(caller: Caller, id: PasskeyId, request: Request) -> None:
    """Remove a passkey of your account.

    Sessions that it started go on; `DELETE /v1/auth/sessions` ends them. Refused if it is the only
    way to sign in. Codes by mail are one, once a code was read at the account's address.
    """
    passkeys.remove(caller, id, _device(request), clock.now())


@app.route("/v1/auth/passkeys/sign-in/options", methods=["POST"], public=True, limit="sign-in")
def begin_passkey_sign_in() -> PasskeyChallenge:
    """Get the options with which the browser uses a passkey.

    Pass `publicKey` to `PublicKeyCredential.parseRequestOptionsFromJSON()`, and send `toJSON()` of
    what `navigator.credentials.get()` returns to `POST /v1/auth/passkeys/sign-in`, within five
    minutes. The browser offers the passkeys that it has; no address is asked for.
    """
    return passkeys.begin_using(clock.now())


@app.route(
    "/v1/auth/passkeys/sign-in",
    methods=["POST"],
    public=True,
    limit="sign-in",
    errors=(InvalidPasskey, TooManyGuesses, AccountBanned, Busy),
)
def sign_in_by_passkey(body: PasskeyProof, request: Request) -> Tokens:
    """Sign in by a passkey.

    Its authenticator verifies its user, so it is two factors: no code is asked for. An answer whose
    count is not higher than the last one is refused, because there is a copy of the authenticator.
    """
    return passkeys.sign_in(body, _device(request), clock.now())


@app.route("/v1/auth/providers", methods=["GET"], public=True)
def list_providers() -> ProviderList:
    """List the identity providers that users can sign in with, such as Google."""
    return identities.list_providers()


@app.route(
    "/v1/auth/providers/{provider}/start",
    methods=["POST"],
    public=True,
    limit="sign-in",
    errors=(NotFound, ProviderUnavailable),
)
def start_provider(provider: ProviderId, body: StartProviderRequest) -> ProviderStarted:
    """Begin to sign in with an identity provider, or to link it to your account.

    Open `authorizeUrl`. The provider returns to the page `/sign-in/with/{provider}` of the web app,
    with what `finish` or `link` take together with the `attemptId` of this answer.
    """
    return identities.start(provider, body, clock.now())


@app.route(
    "/v1/auth/providers/{provider}/finish",
    methods=["POST"],
    public=True,
    limit="sign-in",
    errors=(
        NotFound,
        InvalidCode,
        TooManyGuesses,
        IdentityRefused,
        IdentityNotLinked,
        EmailNotVerified,
        AccountBanned,
        ProviderUnavailable,
        Busy,
    ),
)
def finish_provider(
    provider: ProviderId, body: ProviderAnswer, request: Request
) -> Tokens | MfaRequired:
    """Sign in with what an identity provider returned with.

    Somebody new gets an account, with the address that the provider has verified. An address that
    has an account already is not linked to it: sign in there, then link the provider. An account
    with a second factor gets a challenge instead of tokens, for `POST /v1/auth/mfa/verify`.
    """
    return identities.finish(provider, body, _device(request), clock.now())


@app.route(
    "/v1/auth/providers/{provider}/callback",
    methods=["POST"],
    status=303,
    public=True,
    keyless=True,
    limit="sign-in",
    errors=(NotFound,),
    response_headers=("Location",),
    media_types=("text/plain",),
)
def receive_provider_answer(provider: ProviderId, request: Request) -> RawResponse:
    """Take the answer of an identity provider that posts it, as Apple does.

    Leads the browser to the page of the web app, with the answer in the fragment of the URL.
    """
    location = identities.read_posted_answer(provider, raw_body(request))
    return RawResponse("", "text/plain", {"location": location}, 303)


@app.route(
    "/v1/auth/providers/{provider}/link",
    methods=["POST"],
    errors=(
        NotFound,
        SessionEnded,
        StepUpRequired,
        InvalidCode,
        TooManyGuesses,
        IdentityRefused,
        IdentityTaken,
        ProviderUnavailable,
        Busy,
    ),
)
def link_provider(
    caller: Caller, provider: ProviderId, body: ProviderAnswer, request: Request
) -> IdentityView:
    """Link your account to who you are at an identity provider.

    Needs both proofs: who you are here, within the last ten minutes, and what the provider returned
    with. You get a mail about it.
    """
    return identities.link(caller, provider, body, _device(request), clock.now())


@app.route(
    "/v1/auth/providers/{provider}/link",
    methods=["DELETE"],
    status=204,
    errors=(NotFound, SessionEnded, StepUpRequired, LastSignInWay, Busy),
)
def unlink_provider(caller: Caller, provider: ProviderId, request: Request) -> None:
    """Remove the link of your account to an identity provider.

    Refused if it is the only way to sign in. Codes by mail are one, once a code was read at the
    account's address: what only the provider says of it does not count. You get a mail about it.
    """
    identities.unlink(caller, provider, _device(request), clock.now())


@app.route("/v1/auth/identities", methods=["GET"], errors=(SessionEnded,))
def list_identities(caller: Caller) -> IdentityList:
    """List the identity providers that your account is linked to."""
    return identities.list_own(caller, clock.now())


@app.route("/v1/auth/logout", methods=["POST"], status=204, errors=(SessionEnded, Busy))
def log_out(caller: Caller, query: LogoutQuery, request: Request) -> None:
    """Sign out.

    Ends the current session, or with `everywhere=true` the sessions of all devices. Their access
    tokens are refused within 60 seconds, and their WebSockets are closed. A session that has ended
    already cannot end the others: that is a 401.
    """
    sessions.log_out(caller, _device(request), clock.now(), everywhere=query.everywhere)


@app.route("/v1/auth/sessions", methods=["GET"], errors=(SessionEnded,))
def list_sessions(caller: Caller) -> SessionList:
    """List the devices that are signed in to your account.

    A session ends 30 days after its last use, and 90 days after it started. An account has at most
    20; one more ends the one that was unused for longest.
    """
    return sessions.list_sessions(caller, clock.now())


@app.route("/v1/auth/sessions", methods=["DELETE"], status=204, errors=(SessionEnded, Busy))
def end_sessions(caller: Caller, query: EndSessionsQuery, request: Request) -> None:
    """Sign out all other devices.

    With `current=true` this one is signed out too. Access tokens of the ended sessions are refused
    within 60 seconds, and their WebSockets are closed.
    """
    sessions.end_others(caller, _device(request), clock.now(), current=query.current)


@app.route(
    "/v1/auth/sessions/{id}", methods=["DELETE"], status=204, errors=(SessionEnded, NotFound, Busy)
)
def end_session(caller: Caller, id: SessionId, request: Request) -> None:
    """Sign out one of your devices.

    Its access tokens are refused within 60 seconds, and its WebSockets are closed.
    """
    sessions.end_one(caller, id, _device(request), clock.now())


@app.route("/v1/auth/me", methods=["GET"], errors=(SessionEnded,))
def get_account(caller: Caller) -> User:
    """Get your own account."""
    return accounts.get(caller, clock.now())


@app.route(
    "/v1/auth/me",
    methods=["DELETE"],
    status=204,
    errors=(SessionEnded, StepUpRequired, Forbidden, TooManyGuesses, Busy),
)
def delete_account(caller: Caller, body: DeleteAccountRequest, request: Request) -> None:
    """Delete your own account.

    Every feature erases your data shortly afterwards. This cannot be undone. An account without a
    password, or with an authenticator app or a passkey, is deleted within ten minutes after signing
    in, or after a step-up.
    """
    accounts.delete(caller, body.password, _device(request), clock.now())


@app.route(
    "/v1/auth/assistants",
    methods=["POST"],
    status=201,
    roles=(Role.ARTIST,),
    errors=(SessionEnded, StepUpRequired, AssistantExists, TooManyAssistants, Busy),
)
def invite_assistant(caller: Caller, body: InviteAssistantRequest, request: Request) -> Assistant:
    """Invite an assistant.

    The owner of the address has two weeks to accept, and can do nothing before. The answer is the
    same whether or not the address has an account.
    """
    return assistants.invite(caller, body, _device(request), clock.now())


@app.route(
    "/v1/auth/assistants", methods=["GET"], roles=(Role.ARTIST,), errors=(SessionEnded, Forbidden)
)
def list_assistants(caller: Caller) -> AssistantList:
    """List your assistants and invitations."""
    return assistants.list_assistants(caller, clock.now())


@app.route(
    "/v1/auth/assistants/{id}",
    methods=["PATCH"],
    roles=(Role.ARTIST,),
    errors=(SessionEnded, StepUpRequired, NotFound, Busy),
)
def update_assistant(
    caller: Caller, id: AssistanceId, body: ChangeAssistantRequest, request: Request
) -> Assistant:
    """Change what an assistant may do.

    The tokens that they have are refused within 60 seconds; they ask for another one.
    """
    return assistants.change_scopes(caller, id, body.scopes, _device(request), clock.now())


@app.route(
    "/v1/auth/assistants/{id}",
    methods=["DELETE"],
    status=204,
    errors=(SessionEnded, NotFound, Busy),
)
def remove_assistant(caller: Caller, id: AssistanceId, request: Request) -> None:
    """Remove an assistant, withdraw or decline an invitation, or stop being an assistant.

    The tokens for the studio are refused within 60 seconds.
    """
    assistants.remove(caller, id, _device(request), clock.now())


@app.route(
    "/v1/auth/assistants/{id}/accept",
    methods=["POST"],
    errors=(SessionEnded, NotFound, Busy),
)
def accept_assistance(caller: Caller, id: AssistanceId, request: Request) -> Studio:
    """Accept to be the assistant of an artist.

    Accepting again changes nothing.
    """
    return assistants.accept(caller, id, _device(request), clock.now())


@app.route(
    "/v1/auth/assistants/{id}/session",
    methods=["POST"],
    idempotent=False,
    errors=(SessionEnded, NotFound, Busy),
)
def open_studio(caller: Caller, id: AssistanceId) -> StudioToken:
    """Get an access token for the studio of an artist whose assistant you are.

    It lives for 15 minutes, reaches only routes that name one of its scopes, and ends with your own
    session. The artist sees in their audit log that you asked for it.
    """
    return assistants.act(caller, id, clock.now())


@app.route("/v1/auth/studios", methods=["GET"], errors=(SessionEnded,))
def list_studios(caller: Caller) -> StudioList:
    """List the studios in which you may act as an assistant, or are invited to."""
    return assistants.list_studios(caller, clock.now())


@app.route(
    "/v1/auth/exports",
    methods=["POST"],
    status=202,
    errors=(SessionEnded, StepUpRequired, ExportRequestedRecently, Busy),
)
def request_export(caller: Caller) -> ExportAccepted:
    """Ask for an archive of all your data.

    It is made in the background, with a JSON document per feature and your own files. A mail says
    when it is ready; `GET /v1/files/exports/{id}` then links to it for a week, as
    long as you proved lately who you are. Once a day.
    """
    return exports.request(caller, clock.now())


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
    "/v1/admin/users", methods=["GET"], roles=(Role.ADMIN,), errors=(SessionEnded, Forbidden)
)
def list_accounts(caller: Caller, query: AccountQuery) -> AccountList:
    """List accounts: the one of an address, or those whose names begin alike.

    What changed in the last second may be missed.
    """
    return administration.search(caller, query, clock.now())


@app.route(
    "/v1/admin/users/{id}",
    methods=["GET"],
    roles=(Role.ADMIN,),
    errors=(SessionEnded, Forbidden, NotFound),
)
def get_account_of_user(caller: Caller, id: UserId) -> Account:
    """Get the account of a user."""
    return administration.get(caller, id, clock.now())


@app.route(
    "/v1/admin/users/{id}/ban",
    methods=["POST"],
    roles=(Role.ADMIN,),
    errors=(SessionEnded, StepUpRequired, Forbidden, OwnAccount, NotFound, Busy),
)
def ban_user(caller: Caller, id: UserId, body: ReasonRequest, request: Request) -> Account:
    """Ban a user.

    Their sessions end: access tokens are refused within 60 seconds, and WebSockets are closed. They
    cannot sign in. The page of an artist is hidden, and nothing new can be booked with them.
    Banning them again changes nothing.
    """
    return administration.ban(caller, id, body.reason, _device(request), clock.now())


@app.route(
    "/v1/admin/users/{id}/unban",
    methods=["POST"],
    roles=(Role.ADMIN,),
    errors=(SessionEnded, StepUpRequired, Forbidden, OwnAccount, NotFound, Busy),
)
def unban_user(caller: Caller, id: UserId, body: ReasonRequest, request: Request) -> Account:
    """Lift the ban of a user.

    Lifting it again changes nothing.
    """
    return administration.unban(caller, id, body.reason, _device(request), clock.now())


@app.route(
    "/v1/admin/users/{id}/role",
    methods=["PUT"],
    roles=(Role.ADMIN,),
    errors=(SessionEnded, StepUpRequired, Forbidden, OwnAccount, NotFound, Busy),
)
def change_user_role(
    caller: Caller, id: UserId, body: ChangeRoleRequest, request: Request
) -> Account:
    """Change the role of a user.

    Their sessions end, because access tokens state the role: they sign in again. The page of a
    former artist is hidden, and nothing new can be booked with them.
    """
    return administration.change_role(caller, id, body, _device(request), clock.now())


@app.route(
    "/v1/admin/users/{id}/end-sessions",
    methods=["POST"],
    status=204,
    roles=(Role.ADMIN,),
    errors=(SessionEnded, StepUpRequired, Forbidden, OwnAccount, NotFound, Busy),
)
def end_user_sessions(caller: Caller, id: UserId, body: ReasonRequest, request: Request) -> None:
    """Sign a user out on all devices.

    Access tokens are refused within 60 seconds, and WebSockets are closed.
    """
    administration.end_sessions(caller, id, body.reason, _device(request), clock.now())


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
def import_rows(request: ImportRowsRequest) -> ImportedRows:
    """Import accounts from an earlier system."""
    return imported_rows.import_rows(request, imports.KINDS, clock.now())


@app.operator_function()
def rotate_keys(request: RotateKeysRequest) -> RotatedKeys:
    """Replace the keys that sign access tokens and seal refresh tokens."""
    return token_keys.rotate(request, clock.now())


@app.operator_function()
def verify_audit(request: AuditVerificationRequest) -> AuditVerification:
    """Verify the audit log of an account."""
    return audit.verify(request.user_id, clock.now())


def _device(request: Request) -> Device:
    """Return the device that a request came from: the address is the one API Gateway saw."""
    return Device(
        request.context["identity"]["sourceIp"], str(request.headers.get("user-agent", ""))
    )
