"""Users of auth: requests over HTTP, and the codes that would have been mailed to them."""

from collections.abc import Container, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from chalice.test import HTTPResponse

from auth.app import app
from auth.schemas import ProvisionRequest
from auth.store import outbox_secret
from auth.use_cases import registration
from shared.events.domain_events import DomainEvent
from shared.http.caller import Role
from shared.platform import clock
from tests.support import streams
from tests.support.gateway import ApiClient, client_for
from tests.support.outbox import published

EMAIL = "mara@example.com"
PASSWORD = "correct horse battery"
OTHER_PASSWORD = "staple staple staple"


@dataclass(frozen=True)
class Attempt:
    """The outcome of a registration: the answer, and the code if one was mailed."""

    answer: HTTPResponse
    code: str | None

    @property
    def sent_code(self) -> str:
        """The code, which must have been mailed."""
        assert self.code is not None
        return self.code

    @property
    def id(self) -> str:
        """The opaque id that was answered."""
        attempt_id: str = self.answer.json_body["attemptId"]
        return attempt_id


@dataclass
class People:
    """The users of the API. Requests are anonymous unless a method says otherwise."""

    client: ApiClient = field(default_factory=lambda: client_for(app))

    def register(
        self,
        email: str = EMAIL,
        password: str = PASSWORD,
        name: str = "Mara",
        role: str | None = "artist",
    ) -> Attempt:
        """Register an account."""
        before = {event.id for event in outbox()}
        body = {"email": email, "password": password, "name": name, "role": role}
        answer = self.client.post("/v1/auth/register", json=body)
        return Attempt(answer, new_code(before))

    def resend(self, attempt: Attempt) -> Attempt:
        """Ask for another code of a registration."""
        before = {event.id for event in outbox()}
        answer = self.client.post("/v1/auth/register/resend", json={"attemptId": attempt.id})
        return Attempt(answer, new_code(before))

    def verify(self, attempt: Attempt, code: str | None = None) -> HTTPResponse:
        """Verify an email address by the code of a registration, or by another one."""
        body = {"attemptId": attempt.id, "code": code or attempt.code}
        return self.client.post("/v1/auth/verify-email", json=body)

    def sign_up(
        self, email: str = EMAIL, password: str = PASSWORD, role: Role = Role.ARTIST
    ) -> dict[str, Any]:
        """Provision an account without a mail, sign in, and return the tokens."""
        request = ProvisionRequest(email=email, password=password, name="Mara", role=role)
        registration.provision(request, clock.now())
        answer = self.login(email, password)
        assert answer.status_code == 200, answer.body
        tokens: dict[str, Any] = answer.json_body
        return tokens

    def login(self, email: str = EMAIL, password: str = PASSWORD) -> HTTPResponse:
        """Sign in."""
        return self.client.post("/v1/auth/login", json={"email": email, "password": password})

    def refresh(self, refresh_token: str) -> HTTPResponse:
        """Exchange a refresh token."""
        return self.client.post("/v1/auth/refresh", json={"refreshToken": refresh_token})

    def from_elsewhere(self, number: int = 1) -> "People":
        """Return the same users on a device in another network."""
        return People(self.client.from_address(f"203.0.{number}.9"))

    def signed_in(self, tokens: Mapping[str, Any]) -> ApiClient:
        """Return a client with the access token, which the real authorizer verifies."""
        return self.client.with_token(tokens["accessToken"])


outbox = partial(published, "auth", secret=outbox_secret)


def mails_code(event: DomainEvent) -> bool:
    """Return whether notifications mails a code for this event."""
    return event.type == "user.verification_requested"


def new_code(before: Container[str]) -> str | None:
    """Return the code that was mailed in the meantime, if one was."""
    mailed = [event for event in outbox() if event.id not in before and mails_code(event)]
    return mailed[0].data["code"] if mailed else None


def stored_items(prefix: str) -> list[dict[str, Any]]:
    """Return the items of auth's table whose sort keys begin with the prefix."""
    return [item for item in streams.items("auth") if item["sk"]["S"].startswith(prefix)]
