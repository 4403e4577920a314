"""Error answers of the social stand-ins: the one table of them.

A stand-in answers an error only by its name here, whether it found the fault in the request or a
test injected it. A test that makes its caller meet an error says so with
`@pytest.mark.provider_errors("google.sync_token_expired")`. The mark fails when the error was not
answered, and `tests/contract/test_provider_errors.py` fails when an error here has no mark.

https://developers.facebook.com/docs/graph-api/guides/error-handling
https://developers.facebook.com/docs/messenger-platform/error-codes
https://developers.google.com/workspace/calendar/api/guides/errors
https://developers.google.com/identity/protocols/oauth2/web-server
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from html import escape
from typing import Any, Literal

import msgspec

from infra.local.standins.http import Response, json_response

Provider = Literal["meta", "google", "google-revocation"]
Form = Literal["graph", "instagram", "oauth", "calendar", "page"]


class ErrorAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """One error answer of a provider.

    Attributes:
        form: Shape of its body: `graph` is Meta's Graph API, `instagram` the token endpoint of
            Instagram Login, `oauth` RFC 6749, `calendar` the Calendar API, `page` an HTML page
            that the person at the browser reads.
        status: HTTP status.
        message: Text; `{}` is replaced by what the request had.
        code: Code of the Graph API.
        subcode: Sub-code of the Graph API.
        reason: Error of OAuth, or reason of the Calendar API.
        domain: Domain of the Calendar API's reason.
        location: What the Calendar API points to: a parameter or header.
        transient: Whether the Graph API says that a repetition may succeed.
        headers: Headers beside the body.
    """

    form: Form
    status: int
    message: str
    code: int = 0
    subcode: int | None = None
    reason: str = ""
    domain: str = "global"
    location: str | None = None
    transient: bool = False
    headers: dict[str, str] = {}

    def response(self, detail: str = "", headers: Mapping[str, str] | None = None) -> Response:
        """Return the answer; `detail` replaces `{}` in the message."""
        message = self.message.replace("{}", detail)
        all_headers = {**self.headers, **(headers or {})}
        match self.form:
            case "graph":
                return json_response(self._graph(message), self.status, all_headers)
            case "instagram":
                body = {"error_type": "OAuthException", "code": self.status}
                return json_response(body | {"error_message": message}, self.status, all_headers)
            case "oauth":
                body = {"error": self.reason, "error_description": message}
                return json_response(body, self.status, all_headers)
            case "calendar":
                return json_response(self._calendar(message), self.status, all_headers)
            case "page":
                text = f"<!doctype html><title>Error</title><h1>{escape(message)}</h1>"
                html = {"Content-Type": "text/html; charset=utf-8", **all_headers}
                return Response(self.status, text.encode(), html)

    def _graph(self, message: str) -> dict[str, Any]:
        error: dict[str, Any] = {"message": message, "type": "OAuthException", "code": self.code}
        if self.subcode is not None:
            error["error_subcode"] = self.subcode
        if self.transient:
            error["is_transient"] = True
        return {"error": error | {"fbtrace_id": "AStandInTraceIdOfMeta00"}}

    def _calendar(self, message: str) -> dict[str, Any]:
        details = {"domain": self.domain, "reason": self.reason, "message": message}
        if self.location is not None:
            kind = "header" if self.location == "Authorization" else "parameter"
            details |= {"locationType": kind, "location": self.location}
        return {"error": {"errors": [details], "code": self.status, "message": message}}


def _graph(status: int, code: int, message: str, subcode: int | None = None) -> ErrorAnswer:
    return ErrorAnswer(form="graph", status=status, code=code, subcode=subcode, message=message)


def _page(status: int, message: str) -> ErrorAnswer:
    return ErrorAnswer(form="page", status=status, message=message)


def _instagram(message: str) -> ErrorAnswer:
    return ErrorAnswer(form="instagram", status=400, message=message)


def _oauth(status: int, reason: str, message: str) -> ErrorAnswer:
    return ErrorAnswer(form="oauth", status=status, reason=reason, message=message)


def _calendar(
    status: int,
    reason: str,
    message: str,
    *,
    domain: str = "global",
    location: str | None = None,
    headers: dict[str, str] | None = None,
) -> ErrorAnswer:
    return ErrorAnswer(
        form="calendar",
        status=status,
        reason=reason,
        message=message,
        domain=domain,
        location=location,
        headers=headers or {},
    )


_WITHOUT_WINDOW = "(#10) This message is sent outside of allowed window. {}"
_BUSY_APP = {"X-App-Usage": '{"call_count":100,"total_cputime":25,"total_time":25}'}
_BUSY_ACCOUNT = {
    "X-Business-Use-Case-Usage": (
        '{"17841400000000000":[{"type":"messenger","call_count":100,"total_cputime":25,'
        '"total_time":25,"estimated_time_to_regain_access":5}]}'
    )
}

ERRORS: Mapping[str, ErrorAnswer] = {
    # Meta: pages of the two login dialogs.
    "meta.dialog_unknown_app": _page(400, "Invalid platform app: {}"),
    "meta.dialog_redirect_uri": _page(400, "URL blocked: {} is not a valid OAuth redirect URI."),
    "meta.dialog_invalid_request": _page(400, "The parameter {} is required."),
    "meta.dialog_invalid_scope": _page(400, "Invalid Scopes: {}"),
    "meta.dialog_not_professional": _page(403, "{} is not a professional account."),
    # Meta: token endpoint of Instagram Login.
    "meta.instagram_invalid_client": _instagram("Error validating client secret."),
    "meta.instagram_code_invalid": _instagram("Matching code was not found or was already used."),
    "meta.instagram_code_expired": _instagram("This authorization code has expired."),
    "meta.instagram_redirect_uri": _instagram(
        "Error validating verification code. Please make sure your redirect_uri is identical to the"
        " one you used in the OAuth dialog request"
    ),
    "meta.instagram_verifier": _instagram("Invalid code_verifier parameter."),
    "meta.instagram_grant_type": _instagram("Invalid grant_type: {}"),
    # Meta: token endpoint of Facebook Login, and of long-lived tokens.
    "meta.invalid_client": _graph(400, 1, "Error validating client secret."),
    "meta.unknown_app": _graph(400, 101, "Error validating application. Invalid application ID."),
    "meta.code_expired": _graph(400, 100, "This authorization code has expired.", 36007),
    "meta.code_used": _graph(400, 100, "This authorization code has been used.", 36009),
    "meta.redirect_uri": _graph(
        400,
        100,
        "Error validating verification code. Please make sure your redirect_uri is identical to the"
        " one you used in the OAuth dialog request",
        36008,
    ),
    "meta.verifier": _graph(400, 100, "Invalid code_verifier parameter."),
    "meta.grant_type": _graph(400, 100, "Invalid grant_type: {}"),
    "meta.token_too_young": _graph(
        400, 10, "The access token must be at least 24 hours old to be refreshed."
    ),
    # Meta: tokens and permissions.
    "meta.token_missing": _graph(
        400, 2500, "An active access token must be used to query information about the current user"
    ),
    "meta.token_invalid": _graph(
        401, 190, "Invalid OAuth access token - Cannot parse access token"
    ),
    "meta.token_expired": _graph(
        401, 190, "Error validating access token: Session has expired on {}.", 463
    ),
    "meta.token_password_changed": _graph(
        401,
        190,
        "Error validating access token: The session has been invalidated because the user changed"
        " their password or Facebook has changed the session for security reasons.",
        460,
    ),
    "meta.app_removed": _graph(
        401, 190, "Error validating access token: The user has not authorized application {}.", 458
    ),
    "meta.permission_missing": _graph(403, 200, "(#200) Requires {} permission"),
    "meta.signature": _graph(400, 100, "Invalid appsecret_proof provided in the API argument"),
    "meta.policy_block": _graph(400, 368, "(#368) The action attempted has been deemed abusive."),
    # Meta: objects and parameters.
    "meta.object_missing": _graph(
        400,
        100,
        "Unsupported get request. Object with ID '{}' does not exist, cannot be loaded due to"
        " missing permissions, or does not support this operation",
        33,
    ),
    "meta.unknown_field": _graph(400, 100, "(#100) Tried accessing nonexisting field ({})"),
    "meta.invalid_parameter": _graph(400, 100, "(#100) Invalid parameter: {}"),
    "meta.invalid_cursor": _graph(400, 100, "(#100) Invalid cursors values: {}"),
    # Meta: sending messages.
    "meta.window_closed": _graph(400, 10, _WITHOUT_WINDOW, 2018278),
    "meta.instagram_window_closed": _graph(400, 10, _WITHOUT_WINDOW, 2534022),
    "meta.recipient_unknown": _graph(400, 100, "(#100) No matching user found", 2018001),
    "meta.recipient_unavailable": _graph(
        400, 551, "(#551) This person isn't available right now.", 1545041
    ),
    "meta.text_too_long": _graph(
        400, 100, "(#100) Length of param message[text] must be less than or equal to {}", 2534029
    ),
    "meta.attachment_failed": _graph(400, 100, "(#100) Upload attachment failure.", 2018047),
    # Meta: limits and failures.
    "meta.app_rate_limit": ErrorAnswer(
        form="graph",
        status=403,
        code=4,
        message="(#4) Application request limit reached",
        transient=True,
        headers=_BUSY_APP,
    ),
    "meta.account_rate_limit": ErrorAnswer(
        form="graph",
        status=400,
        code=613,
        message="(#613) Calls to this api have exceeded the rate limit.",
        headers=_BUSY_ACCOUNT,
    ),
    "meta.business_rate_limit": ErrorAnswer(
        form="graph",
        status=400,
        code=80002,
        message="(#80002) There have been too many calls to this Instagram account.",
        subcode=2446079,
        headers=_BUSY_ACCOUNT,
    ),
    "meta.too_many_requests": ErrorAnswer(
        form="graph",
        status=429,
        code=32,
        message="(#32) Page request limit reached",
        headers={"Retry-After": "30", **_BUSY_ACCOUNT},
    ),
    "meta.unknown": _graph(500, 1, "An unknown error has occurred."),
    "meta.temporary": ErrorAnswer(
        form="graph",
        status=503,
        code=2,
        message="Service temporarily unavailable",
        transient=True,
    ),
    # Google: pages of the consent dialog.
    "google.dialog_unknown_client": _page(401, "Error 401: invalid_client"),
    "google.dialog_redirect_uri": _page(400, "Error 400: redirect_uri_mismatch ({})"),
    "google.dialog_invalid_request": _page(400, "Error 400: invalid_request ({})"),
    "google.dialog_invalid_scope": _page(400, "Error 400: invalid_scope ({})"),
    # Google: token endpoint.
    "google.invalid_client": _oauth(401, "invalid_client", "The provided client secret is invalid"),
    "google.code_invalid": _oauth(400, "invalid_grant", "Malformed auth code."),
    "google.code_used": _oauth(400, "invalid_grant", "Bad Request"),
    "google.redirect_uri": _oauth(400, "redirect_uri_mismatch", "Bad Request"),
    "google.verifier_missing": _oauth(400, "invalid_grant", "Missing code verifier."),
    "google.verifier_wrong": _oauth(400, "invalid_grant", "Invalid code verifier."),
    "google.refresh_token_revoked": _oauth(
        400, "invalid_grant", "Token has been expired or revoked."
    ),
    "google.grant_type": _oauth(400, "unsupported_grant_type", "Invalid grant_type: {}"),
    "google.missing_parameter": _oauth(400, "invalid_request", "Missing required parameter: {}"),
    "google.token_unavailable": _oauth(503, "temporarily_unavailable", "Please try again later."),
    # Google: token revocation.
    "google-revocation.invalid_token": _oauth(400, "invalid_token", "Token expired or revoked"),
    "google-revocation.unavailable": _oauth(
        503, "temporarily_unavailable", "Please try again later."
    ),
    # Google: Calendar API.
    "google.token_expired": _calendar(
        401, "authError", "Invalid Credentials", location="Authorization"
    ),
    "google.login_required": _calendar(
        401, "required", "Login Required.", location="Authorization"
    ),
    "google.scope_missing": _calendar(
        403, "insufficientPermissions", "Request had insufficient authentication scopes."
    ),
    "google.access_denied": _calendar(
        403,
        "requiredAccessLevel",
        "You need to have writer access to this calendar.",
        domain="calendar",
    ),
    "google.user_rate_limit": _calendar(
        403, "userRateLimitExceeded", "User Rate Limit Exceeded", domain="usageLimits"
    ),
    "google.rate_limit": _calendar(
        403, "rateLimitExceeded", "Rate Limit Exceeded", domain="usageLimits"
    ),
    "google.quota": _calendar(
        403, "quotaExceeded", "Calendar usage limits exceeded.", domain="usageLimits"
    ),
    "google.too_many_requests": _calendar(
        429,
        "rateLimitExceeded",
        "Rate Limit Exceeded",
        domain="usageLimits",
        headers={"Retry-After": "30"},
    ),
    "google.not_found": _calendar(404, "notFound", "Not Found"),
    "google.duplicate": _calendar(409, "duplicate", "The requested identifier already exists."),
    "google.sync_token_expired": _calendar(
        410,
        "fullSyncRequired",
        "Sync token is no longer valid, a full sync is required.",
        domain="calendar",
        location="syncToken",
    ),
    "google.updated_min_too_long_ago": _calendar(
        410,
        "updatedMinTooLongAgo",
        "The requested minimum modification time lies too far in the past.",
        domain="calendar",
        location="updatedMin",
    ),
    "google.deleted": _calendar(410, "deleted", "Resource has been deleted"),
    "google.precondition": _calendar(
        412, "conditionNotMet", "Precondition Failed", location="If-Match"
    ),
    "google.time_range_empty": _calendar(
        400,
        "timeRangeEmpty",
        "The specified time range is empty.",
        domain="calendar",
        location="timeMax",
    ),
    "google.invalid": _calendar(400, "invalid", "Invalid value for: {}"),
    "google.required": _calendar(400, "required", "Missing {}."),
    "google.sync_token_with_filter": _calendar(
        400, "invalid", "Sync token cannot be used with {}.", location="syncToken"
    ),
    "google.channel_not_unique": _calendar(400, "channelIdNotUnique", "Channel id {} not unique"),
    "google.channel_not_https": _calendar(
        400, "push.webhookUrlNotHttps", "WebHook callback must be HTTPS: {}"
    ),
    "google.channel_not_found": _calendar(404, "notFound", "Channel '{}' not found for project"),
    "google.backend_error": _calendar(500, "backendError", "Backend Error"),
    "google.unavailable": _calendar(503, "backendError", "The service is currently unavailable."),
}


class ProviderError(Exception):
    """Error that a stand-in answers by its name in the table."""

    def __init__(
        self, name: str, detail: str = "", *, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(f"{name} {detail}".rstrip())
        self.name = name
        self._detail = detail
        self._headers = headers

    def response(self) -> Response:
        """Return the answer, and remember that it was given."""
        answered.note(self.name)
        return ERRORS[self.name].response(self._detail, self._headers)


class Answered:
    """Names of the errors that this process answered."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._names: set[str] = set()

    def note(self, name: str) -> None:
        """Remember an error that was answered."""
        with self._lock:
            self._names.add(name)

    def forget(self) -> None:
        """Forget them all."""
        with self._lock:
            self._names.clear()

    def names(self) -> frozenset[str]:
        """Return the errors answered since they were forgotten."""
        with self._lock:
            return frozenset(self._names)


answered = Answered()


def http_date(epoch_seconds: float) -> str:
    """Write a time as Meta's texts do: `Sunday, 18-Jan-26 10:00:00 UTC`."""
    return time.strftime("%A, %d-%b-%y %H:%M:%S UTC", time.gmtime(epoch_seconds))
