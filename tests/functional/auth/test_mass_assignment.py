"""Routes of auth refuse fields that they do not declare."""

from typing import Any

import pytest

from auth.app import app
from shared.http.caller import Role
from tests.functional.auth.people import EMAIL, PASSWORD, People, outbox, stored_items

CREDENTIAL: dict[str, Any] = {"id": "eA", "rawId": "eA", "type": "public-key"}
VALID_BODIES: dict[tuple[str, str], dict[str, Any]] = {
    ("POST", "/v1/auth/register"): {
        "email": EMAIL,
        "password": PASSWORD,
        "name": "Mara",
        "role": "client",
    },
    ("POST", "/v1/auth/register/resend"): {"attemptId": "x"},
    ("POST", "/v1/auth/verify-email"): {"attemptId": "x", "code": "123456"},
    ("POST", "/v1/auth/login"): {"email": EMAIL, "password": PASSWORD},
    ("POST", "/v1/auth/password/forgot"): {"email": EMAIL},
    ("POST", "/v1/auth/password/reset"): {"email": EMAIL, "code": "1", "password": PASSWORD},
    ("PUT", "/v1/auth/password"): {"currentPassword": PASSWORD, "newPassword": PASSWORD},
    ("POST", "/v1/auth/code"): {"email": EMAIL},
    ("POST", "/v1/auth/code/verify"): {"attemptId": "x", "code": "123456"},
    ("POST", "/v1/auth/email"): {"email": EMAIL, "password": PASSWORD},
    ("POST", "/v1/auth/email/confirm"): {
        "attemptId": "x",
        "newAddressCode": "123456",
        "currentAddressCode": "123456",
    },
    ("POST", "/v1/auth/reports"): {"token": "x"},
    ("POST", "/v1/auth/mfa/verify"): {"challengeId": "x", "code": "123456"},
    ("POST", "/v1/auth/mfa/totp/confirm"): {"code": "123456"},
    ("DELETE", "/v1/auth/mfa/totp"): {"code": "123456"},
    ("POST", "/v1/auth/mfa/recovery-codes"): {"code": "123456"},
    ("POST", "/v1/auth/passkeys"): {
        "attemptId": "x",
        "name": "Phone",
        "credential": CREDENTIAL
        | {"response": {"clientDataJSON": "eA", "attestationObject": "eA"}},
    },
    ("POST", "/v1/auth/passkeys/sign-in"): {
        "attemptId": "x",
        "credential": CREDENTIAL
        | {"response": {"clientDataJSON": "eA", "authenticatorData": "eA", "signature": "eA"}},
    },
    ("POST", "/v1/auth/step-up"): {"password": PASSWORD},
    ("POST", "/v1/auth/providers/{provider}/start"): {"role": "client"},
    ("POST", "/v1/auth/providers/{provider}/finish"): {"attemptId": "x", "state": "y", "code": "z"},
    ("POST", "/v1/auth/providers/{provider}/link"): {"attemptId": "x", "state": "y", "code": "z"},
    ("POST", "/v1/auth/assistants"): {"email": "noa@example.com", "scopes": ["messages"]},
    ("PATCH", "/v1/auth/assistants/{id}"): {"scopes": ["messages"]},
    ("POST", "/v1/admin/users/{id}/ban"): {"reason": "Advertisements"},
    ("POST", "/v1/admin/users/{id}/unban"): {"reason": "A mistake"},
    ("POST", "/v1/admin/users/{id}/end-sessions"): {"reason": "A lost device"},
    ("PUT", "/v1/admin/users/{id}/role"): {"reason": "A mistake", "role": "client"},
    ("POST", "/v1/auth/refresh"): {"refreshToken": "a.b.0.c"},
    ("DELETE", "/v1/auth/me"): {"password": PASSWORD},
}
# Fields that an attacker might try: fields of records, other spellings, JavaScript's own.
INJECTED_FIELDS = (
    "id",
    "userId",
    "user_id",
    "isAdmin",
    "is_admin",
    "roles",
    "createdAt",
    "passwordHash",
    "password_hash",
    "emailVerified",
    "generation",
    "expiresAt",
    "pk",
    "__proto__",
    "constructor",
)


def test_every_route_with_a_body_is_covered() -> None:
    with_body = {name for name, operation in app.operations.items() if operation.body}
    assert with_body == set(VALID_BODIES)


@pytest.mark.parametrize("route", VALID_BODIES, ids=" ".join)
def test_undeclared_fields_are_refused_by_name_and_change_nothing(
    people: People, route: Any
) -> None:
    is_for_admins = route[1].startswith("/v1/admin/")
    tokens = people.sign_up(role=Role.ADMIN if is_for_admins else Role.ARTIST)
    before, published = stored_items(""), outbox()
    body = VALID_BODIES[route] | dict.fromkeys(INJECTED_FIELDS, "admin")
    answer = people.signed_in(tokens).request(*route, json=body)
    assert answer.status_code == 422
    errors = {error["field"]: error["message"] for error in answer.json_body["errors"]}
    assert errors == {f"body.{name}": "is unknown" for name in INJECTED_FIELDS}
    assert (stored_items(""), outbox()) == (before, published)
