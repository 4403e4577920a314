"""Budgets of routes: what an anonymous request counts against, for every public route.

Whoever reads must still be able to sign in, and one person's or address's requests never count
against another's.
"""

from infra import features
from shared.http import rate_limits
from shared.http.app import FeatureApp
from shared.http.operations import Operation
from shared.platform.config import path_name

BUDGETS = {
    # The guide: 100 requests in 15 minutes for what costs a password hash or a mail.
    ("POST", "/v1/auth/register"): "sign-in",
    ("POST", "/v1/auth/register/resend"): "sign-in",
    ("POST", "/v1/auth/verify-email"): "sign-in",
    ("POST", "/v1/auth/login"): "sign-in",
    ("POST", "/v1/auth/mfa/verify"): "sign-in",
    ("POST", "/v1/auth/passkeys/sign-in/options"): "sign-in",
    ("POST", "/v1/auth/passkeys/sign-in"): "sign-in",
    ("POST", "/v1/auth/code"): "sign-in",
    ("POST", "/v1/auth/code/verify"): "sign-in",
    ("POST", "/v1/auth/password/forgot"): "sign-in",
    ("POST", "/v1/auth/password/reset"): "sign-in",
    ("POST", "/v1/auth/reports"): "sign-in",
    ("GET", "/v1/auth/providers"): "public-read",
    ("POST", "/v1/auth/providers/{provider}/start"): "sign-in",
    ("POST", "/v1/auth/providers/{provider}/finish"): "sign-in",
    ("POST", "/v1/auth/providers/{provider}/callback"): "sign-in",
    ("POST", "/v1/auth/refresh"): "refresh",
    ("GET", "/v1/appointments/opening-hours"): "public-read",
    ("GET", "/v1/appointments/services"): "public-read",
    ("GET", "/v1/appointments/services/{id}"): "public-read",
    ("GET", "/v1/appointments/slots"): "public-read",
    ("GET", "/v1/consultations/intake"): "public-read",
    ("GET", "/v1/files/public"): "public-read",
    ("GET", "/v1/files/public/{id}/picture"): "public-read",
    ("GET", "/v1/notifications/vapid-public-key"): "public-read",
    ("GET", "/v1/notifications/unsubscribe/{token}"): "public-read",
    # Mail providers send it for all of their users from a few addresses (RFC 8058).
    ("POST", "/v1/notifications/unsubscribe/{token}"): "public-read",
    ("GET", "/v1/policies"): "public-read",
    ("GET", "/v1/policies/versions"): "public-read",
    ("GET", "/v1/policies/versions/{id}"): "public-read",
    ("GET", "/v1/profiles/artists"): "public-read",
    ("GET", "/v1/profiles/artists/{handle}"): "public-read",
    ("GET", "/v1/profiles/artists/{handle}/albums"): "public-read",
    ("GET", "/v1/profiles/artists/{handle}/albums/{album}"): "public-read",
    ("GET", "/v1/profiles/artists/{handle}/portfolio"): "public-read",
    ("GET", "/v1/profiles/artists/{handle}/share"): "public-read",
    ("GET", "/v1/profiles/artists/{handle}/reviews"): "public-read",
    ("GET", "/v1/appointments/calendar/{file}"): "calendar-feeds",
    ("POST", "/v1/quick-actions/links/{token}"): "one-tap",
    ("POST", "/v1/notifications/callbacks/twilio/status/{id}"): "callbacks",
    ("POST", "/v1/notifications/callbacks/twilio/inbound"): "callbacks",
    ("POST", "/v1/social/google-calendar/notifications"): "callbacks",
    ("GET", "/v1/social/webhooks/{provider}"): "callbacks",
    ("POST", "/v1/social/webhooks/{provider}"): "callbacks",
    ("GET", "/v1/social/accounts/{id}/callback"): "sign-in",
    ("POST", "/v1/social/callbacks/{provider}/data-deletion"): "callbacks",
    ("POST", "/v1/social/callbacks/{provider}/deauthorize"): "callbacks",
    ("GET", "/v1/social/deletions/{code}"): "public-read",
    ("GET", "/.well-known/jwks.json"): "documents",
    ("GET", "/v1/openapi.json"): "documents",
    ("GET", "/v1/docs"): "documents",
    ("GET", "/v1/docs/{name}"): "documents",
    ("GET", "/v1/health"): "health",
    **{
        (method, "/{proxy+}"): "unowned"
        for method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
    },
    ("OPTIONS", "/{proxy+}"): None,  # a browser sends it before a request that counts
}


def operations(*, public: bool) -> list[Operation]:
    return [
        operation
        for app in features.load_all().values()
        if isinstance(app, FeatureApp)
        for operation in app.operations.values()
        if operation.public is public
    ]


def test_every_public_route_has_the_budget_that_is_written_here() -> None:
    found = {
        (operation.method, operation.path): operation.limit for operation in operations(public=True)
    }
    health = {
        ("GET", f"/v1/{path_name(name)}/health"): "health"
        for name in features.names()
        if name not in ("authorizer", "gateway")
    }
    assert found == BUDGETS | health


def test_every_signed_in_route_counts_against_its_user() -> None:
    assert {operation.limit for operation in operations(public=False)} == {"user"}


def test_what_guards_secrets_is_counted_request_by_request() -> None:
    """A container that ends with a lease would refuse somebody early."""
    exact = {name for name, budget in rate_limits.BUDGETS.items() if not budget.leased}
    assert exact == {"sign-in", "refresh", "one-tap", "unowned", "readiness", "health"}


def test_each_budget_has_its_configured_size() -> None:
    sizes = {name: budget.limit for name, budget in rate_limits.BUDGETS.items()}
    assert sizes == {
        "user": 1000,
        "public-read": 3000,
        "sign-in": 100,
        "refresh": 300,
        "documents": 300,
        "calendar-feeds": 1000,
        "one-tap": 100,
        "callbacks": 30_000,
        "unowned": 100,
        "health": 120,
        "readiness": 20,
    }
