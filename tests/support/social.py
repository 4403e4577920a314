"""A browser's part of connecting an account: the consent pages of the social stand-ins."""

import hashlib
import re
from collections.abc import Collection
from dataclasses import replace
from html import unescape
from urllib.parse import parse_qsl, urlencode, urlsplit

import requests

from infra.local.standins import base64url
from tests.support.api import Api

VERIFIER = "v" * 64
TIMEOUT_SECONDS = 10
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
_INPUT = re.compile(r"<input ([^>]*)>")
_ATTRIBUTE = re.compile(r'(\w+)="([^"]*)"')


def challenge_of(verifier: str) -> str:
    """Return the code challenge of a verifier by S256 (RFC 7636, section 4.2)."""
    return base64url.encode(hashlib.sha256(verifier.encode()).digest())


def authorize_url(url: str, **query: str) -> str:
    """Return the URL of a consent page, with a state and a code challenge unless given others."""
    defaults = {
        "response_type": "code",
        "state": "state-1",
        "code_challenge": challenge_of(VERIFIER),
        "code_challenge_method": "S256",
    }
    return f"{url}?{urlencode({**defaults, **query})}"


def decide(url: str, *, without: Collection[str] = (), **fields: str) -> requests.Response:
    """Open a consent page and submit it, and return the redirect or the page with the error.

    Args:
        url: URL of the page.
        without: Scopes whose boxes are unticked.
        fields: What is typed; `decision` is `allow` unless it is given.
    """
    page = requests.get(url, timeout=TIMEOUT_SECONDS)
    page.raise_for_status()
    form: dict[str, str] = {}
    for found in _INPUT.finditer(page.text):
        attributes = dict(_ATTRIBUTE.findall(found[1]))
        name = unescape(attributes["name"])
        if "checkbox" in found[1] and name.removeprefix("scope:") in without:
            continue
        form[name] = unescape(attributes.get("value", ""))
    action = re.search(r'action="([^"]+)"', page.text)
    assert action is not None
    typed = {"decision": "allow", **fields}
    return requests.post(
        unescape(action[1]), {**form, **typed}, timeout=TIMEOUT_SECONDS, allow_redirects=False
    )


def allow(url: str, *, without: Collection[str] = (), **fields: str) -> dict[str, str]:
    """Submit a consent page and return the query of the redirect: `code`, `state` and so on."""
    answer = decide(url, without=without, **fields)
    assert answer.status_code == requests.codes.see_other, answer.text
    return dict(parse_qsl(urlsplit(answer.headers["Location"]).query))


def connect(api: Api, provider: str, **fields: str) -> None:
    """Connect an account of the signed-in artist on a running stack, as their browser does."""
    begun = api.post(f"/v1/social/accounts/{provider}/connect", User_Agent=BROWSER)
    assert begun.status_code == 200, begun.text
    answer = allow(begun.json()["authorizeUrl"], **fields)
    browser = replace(api, key=None, token=None)
    path = f"/v1/social/accounts/{provider}/callback?{urlencode(answer)}"
    page = browser.get(path, User_Agent=BROWSER)
    assert page.status_code == requests.codes.ok, page.text
