"""API and inbox of a running stack, over plain HTTP as a frontend sees them."""

import itertools
import re
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

import requests

TIMEOUT_SECONDS = 30
DEADLINE_SECONDS = 60
Found = TypeVar("Found")
_addresses = itertools.count(1)


def fresh_address() -> str:
    """Return an IP address that no test used before, so that tests do not share rate limits.

    Locally the source address is what X-Forwarded-For says; API Gateway on AWS takes the peer's.
    """
    number = next(_addresses)
    return f"198.18.{number // 250}.{number % 250 + 1}"


def eventually(probe: Callable[[], Found | None], what: str) -> Found:
    """Return the first truthy result of `probe`; fail after a minute without one."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    while time.monotonic() < deadline:
        found = probe()
        if found:
            return found
        time.sleep(0.1)
    raise AssertionError(f"{what} did not happen within {DEADLINE_SECONDS} seconds")


@dataclass(frozen=True)
class Api:
    """Client application's view of the API; `token` is the access token of the signed-in person."""

    base_url: str
    key: str | None
    token: str | None = None
    address: str = field(default_factory=fresh_address)

    def call(self, method: str, path: str, json: Any = None, **headers: str) -> requests.Response:
        """Send a request; header names are written with underscores."""
        sent = {"X-Forwarded-For": self.address}
        if self.key is not None:
            sent["x-api-key"] = self.key
        if self.token is not None:
            sent["Authorization"] = f"Bearer {self.token}"
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        return requests.request(
            method, self.base_url + path, json=json, headers=sent, timeout=TIMEOUT_SECONDS
        )

    def get(self, path: str, **headers: str) -> requests.Response:
        """Send a GET."""
        return self.call("GET", path, **headers)

    def post(self, path: str, json: Any = None, **headers: str) -> requests.Response:
        """Send a POST."""
        return self.call("POST", path, json, **headers)

    def signed_in(self, email: str, password: str) -> "Api":
        """Return this application with that person signed in."""
        answer = self.post("/v1/auth/login", {"email": email, "password": password})
        assert answer.status_code == 200, answer.text
        return replace(self, token=answer.json()["accessToken"])


@dataclass(frozen=True)
class Inbox:
    """Inbox of the stand-ins."""

    url: str

    def messages(self, channel: str, to: str) -> list[dict[str, Any]]:
        """Return what arrived for `to`, newest last."""
        answer = requests.get(
            f"{self.url}/messages", params={"channel": channel, "to": to}, timeout=TIMEOUT_SECONDS
        )
        found: list[dict[str, Any]] = answer.json()
        return found

    def wait_for(
        self, channel: str, to: str, having: Callable[[dict[str, Any]], bool] = bool
    ) -> dict[str, Any]:
        """Return the newest matching message for `to`, once there is one."""

        def newest() -> dict[str, Any] | None:
            fitting = [message for message in self.messages(channel, to) if having(message)]
            return fitting[-1] if fitting else None

        return eventually(newest, f"{channel} to {to}")

    def code_for(self, email: str) -> str:
        """Return the six digits that were mailed."""
        message = self.wait_for("email", email, lambda mail: _code(mail) is not None)
        return _code(message) or ""

    def subscribe(self, label: str) -> dict[str, Any]:
        """Create a Web Push subscription whose messages arrive under `label`."""
        answer = requests.post(
            f"{self.url}/push/subscriptions", json={"user": label}, timeout=TIMEOUT_SECONDS
        )
        subscription: dict[str, Any] = answer.json()
        return subscription

    def fail(self, channel: str, **fault: Any) -> None:
        """Inject a fault."""
        answer = requests.put(f"{self.url}/faults/{channel}", json=fault, timeout=TIMEOUT_SECONDS)
        assert answer.ok, answer.text


def new_email() -> str:
    """Return an address that was not used before."""
    return f"{uuid.uuid4().hex[:12]}@example.com"


def register(api: Api, inbox: Inbox, email: str, password: str = "a-long-secret") -> dict[str, Any]:
    """Register an artist by mail code; return the response of verify-email."""
    body = {"email": email, "password": password, "name": "Robin", "role": "artist"}
    answer = api.post("/v1/auth/register", body)
    assert answer.status_code == 202, answer.text
    code = inbox.code_for(email)
    completed = {"attemptId": answer.json()["attemptId"], "code": code}
    verified = api.post("/v1/auth/verify-email", completed)
    assert verified.status_code == 200, verified.text
    tokens: dict[str, Any] = verified.json()
    return tokens


def _code(message: dict[str, Any]) -> str | None:
    found = re.search(r"\b\d{6}\b", message["text"] or "")
    return found[0] if found else None
