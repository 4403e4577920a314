"""Somebody's browser at an identity provider: it opens pages, fills in forms and is led back."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import requests
from chalice.test import HTTPResponse

from tests.functional.auth.people import EMAIL
from tests.support.gateway import ApiClient

PROVIDERS = "/v1/auth/providers"
TIMEOUT_SECONDS = 10


@dataclass
class Form(HTMLParser):
    """The one form of a page."""

    action: str = ""
    fields: dict[str, str] = field(default_factory=dict)
    buttons: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Collect the fields as a browser would send them."""
        values = {name: value or "" for name, value in attrs}
        if tag == "form":
            assert values["method"] == "post"
            self.action = values["action"]
        elif tag == "button":
            self.buttons.append(values.get("value", ""))
        elif tag == "input" and (values.get("type") != "checkbox" or "checked" in values):
            self.fields[values["name"]] = values.get("value", "")


def read_form(response: requests.Response) -> Form:
    """Return the form of a page."""
    assert response.status_code == 200, response.text
    form = Form()
    form.feed(response.text)
    return form


@dataclass(frozen=True)
class Returned:
    """What a provider led the browser back with.

    Attributes:
        page: The page that it led to.
        values: What it gave to the page.
        attempt_id: The attempt, which only this browser has.
    """

    page: str
    values: dict[str, str]
    attempt_id: str


@dataclass(frozen=True)
class Browser:
    """A browser that signs in with a provider."""

    client: ApiClient
    provider: str = "standin"

    def start(self, **body: str) -> dict[str, Any]:
        """Begin, and return the answer."""
        answer = self.client.post(f"{PROVIDERS}/{self.provider}/start", json=body)
        assert answer.status_code == 200, answer.body
        begun: dict[str, Any] = answer.json_body
        return begun

    def visit(
        self, begun: Mapping[str, Any], email: str = EMAIL, name: str = "Mara Voss", **form: str
    ) -> Returned:
        """Open the provider's page, fill in its form, and follow it back."""
        page = read_form(requests.get(begun["authorizeUrl"], timeout=TIMEOUT_SECONDS))
        assert page.buttons == ["allow", "deny"]
        filled = {**page.fields, "email": email, "name": name, "decision": "allow", **form}
        submitted = requests.post(
            page.action, filled, timeout=TIMEOUT_SECONDS, allow_redirects=False
        )
        if submitted.status_code == 200:
            return self._post_back(read_form(submitted), begun)
        assert submitted.status_code == 303, submitted.text
        return self._arrive(submitted.headers["Location"], begun)

    def _post_back(self, form: Form, begun: Mapping[str, Any]) -> Returned:
        path = urlsplit(form.action).path
        headers = {"content-type": "application/x-www-form-urlencoded"}
        body = urlencode(form.fields).encode()
        answer = self.client.request("POST", path, headers=headers, body=body)
        assert answer.status_code == 303, answer.body
        return self._arrive(answer.headers["location"], begun)

    @staticmethod
    def _arrive(location: str, begun: Mapping[str, Any]) -> Returned:
        url = urlsplit(location)
        values = dict(parse_qsl(url.query or url.fragment))
        page = f"{url.scheme}://{url.netloc}{url.path}"
        return Returned(page, values, begun["attemptId"])

    def finish(self, returned: Returned, **changed: str | None) -> HTTPResponse:
        """Send what the provider returned with, to sign in."""
        return self._send("finish", self.client, returned, changed)

    def link(self, client: ApiClient, returned: Returned, **changed: str | None) -> HTTPResponse:
        """Send it, to link the account that the client is signed in to."""
        return self._send("link", client, returned, changed)

    def sign_in(self, email: str = EMAIL, **form: str) -> HTTPResponse:
        """Do all of it."""
        return self.finish(self.visit(self.start(), email, **form))

    def _send(
        self, action: str, client: ApiClient, returned: Returned, changed: Mapping[str, str | None]
    ) -> HTTPResponse:
        sent = {**returned.values, "attemptId": returned.attempt_id, **changed}
        body = {name: value for name, value in sent.items() if value is not None}
        return client.post(f"{PROVIDERS}/{self.provider}/{action}", json=body)
