"""Access matrix: every route, asked by every kind of caller, over HTTP.

The answers stand in docs/access-matrix.md (`make access-matrix`). Strangers ask first and the
owners last, because only the owners' requests change their records.
"""

import json
import os
import subprocess
import sys
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from infra import access_matrix
from infra.access_matrix import CALLERS, Route
from infra.application import REGION
from infra.local.settings import ACCESS_KEY, SECRET_KEY
from infra.paths import FUNCTIONS, LAYER, ROOT
from tests.security import studio as studios
from tests.security.studio import Studio
from tests.support.api import Api, eventually, fresh_address
from tests.support.stack import RunningStack

DECLARED = access_matrix.list_routes()
MATRIX = access_matrix.load()
# Within one caller, what reads comes first, then what ends a record, then what ends a session.
_METHODS = ("GET", "PUT", "PATCH", "POST")
_ENDING = ("archive", "block", "cancel", "decline", "void", "withdraw")
# After these a token opens nothing more, so each is asked in a session of its own.
_LAST = (
    ("DELETE", "/v1/auth/sessions"),
    ("POST", "/v1/auth/logout"),
    ("PUT", "/v1/auth/password"),
    ("DELETE", "/v1/auth/me"),
)

REFUSED = (401, 403, 404)

Answers = dict[Route, dict[str, tuple[int, str]]]


def order(route: Route) -> tuple[int, int, str]:
    method, path = route
    if route in _LAST:
        return 11 + _LAST.index(route), 0, path
    if path.startswith("/v1/auth/") and method != "GET":
        return 10, int(method == "DELETE"), path
    if method == "DELETE":
        # What belongs to a record goes before the record.
        return 9, 2 * -path.count("/") + path.endswith("}"), path
    if path.endswith(_ENDING):
        return 8, 0, path
    return _METHODS.index(method), 0, path


def test_every_route_has_its_row_and_every_row_its_route() -> None:
    assert set(MATRIX) == set(DECLARED), "run `make access-matrix` and review the rows"


def test_the_rows_say_what_the_routes_declare() -> None:
    assert access_matrix.FILE.read_text() == access_matrix.write(MATRIX), "run `make access-matrix`"


def test_only_known_answers_are_written_down() -> None:
    words = {"2xx", "own", "any", "tried"}
    for route, row in MATRIX.items():
        assert set(row) == set(CALLERS), route
        assert all(cell in words or cell.isdecimal() for cell in row.values()), route


@pytest.fixture(scope="module")
def studio(stack: RunningStack) -> Studio:
    return studios.open_studio(stack)


def sign_expired(stack: RunningStack) -> str:
    """Return an access token of an admin that expired an hour ago, signed by the key of the stack.

    Another process signs it: the settings of this one are those of other tests.
    """
    function = f"{stack.settings.prefix()}auth-api"
    described = stack.client("lambda").get_function_configuration(FunctionName=function)
    settings = {
        "AWS_ACCESS_KEY_ID": ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{stack.settings.aws_port}",
        "PYTHONPATH": os.pathsep.join([str(FUNCTIONS), str(LAYER / "python")]),
    }
    then = (datetime.now(UTC) - timedelta(hours=2)).isoformat()
    program = (
        "from datetime import datetime\n"
        "from auth.use_cases import access_tokens\n"
        f"then = datetime.fromisoformat({then!r})\n"
        "print(access_tokens.issue('usr_1', 'a@example.com', 'admin', 'ses_1', then))"
    )
    signed = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env={**os.environ, **described["Environment"]["Variables"], **settings},
        capture_output=True,
        text=True,
        check=True,
    )
    return signed.stdout.splitlines()[-1]


@dataclass(frozen=True)
class Caller:
    """One kind of caller, with the address that their account signs in with, if they have one."""

    api: Api
    email: str = ""

    def ask(self, stack: RunningStack, studio: Studio, route: Route) -> tuple[int, str]:
        """Send a request; return the status and text of its response."""
        api = self.api
        if self.email and route in _LAST:
            # The password was changed before the account is deleted.
            password = studios.NEW_PASSWORD if route == _LAST[-1] else studios.PASSWORD
            api = studios.sign_in(stack, self.email, password)
        method, path, body = route[0], studio.path(route), studio.body(route)
        # A fresh address each time: limits per address are for other tests.
        answer = replace(api, address=fresh_address()).call(method, path, body)
        if answer.status_code == 503:  # on a busy machine; it asks to be called again
            answer = replace(api, address=fresh_address()).call(method, path, body)
        return answer.status_code, answer.text


@pytest.fixture(scope="module")
def callers(stack: RunningStack) -> dict[str, Caller]:
    """Return every kind of caller but the owners."""
    anyone = Api(stack.api_url, stack.api_keys["web"])
    found = {"anonymous": Caller(anyone)}
    for role in ("client", "artist", "admin"):
        email = stack.new_person(role)["email"]
        found[role] = Caller(studios.sign_in(stack, email), email)
    admin = found["admin"].api
    found["wrong key"] = Caller(replace(admin, key="x" * 40))
    found["expired"] = Caller(replace(anyone, token=sign_expired(stack)))
    found["forged"] = Caller(replace(anyone, token=sign_again(str(admin.token))))
    found["assistant"] = Caller(replace(anyone, token=hire(stack)))
    found["banned"] = Caller(ban(stack, admin))
    return found


def hire(stack: RunningStack) -> str:
    """Return the access token of an assistant of an artist, with all scopes."""
    artist, client = stack.new_person("artist"), stack.new_person("client")
    invitation = {"email": client["email"], "scopes": ["messages", "calendar"]}
    invited = studios.sign_in(stack, artist["email"]).post("/v1/auth/assistants", invitation)
    assistant = studios.sign_in(stack, client["email"])
    path = f"/v1/auth/assistants/{invited.json()['id']}"
    assert assistant.post(f"{path}/accept").status_code == 200
    token: str = assistant.post(f"{path}/session").json()["accessToken"]
    return token


def ban(stack: RunningStack, admin: Api) -> Api:
    """Return the API of somebody who is banned, once their token is denied."""
    person = stack.new_person("artist")
    banned = studios.sign_in(stack, person["email"])
    answer = admin.post(f"/v1/admin/users/{person['id']}/ban", {"reason": "Spam"})
    assert answer.status_code == 200, answer.text
    eventually(lambda: banned.get("/v1/auth/audit").status_code == 401, "the ban")
    return banned


def sign_again(token: str) -> str:
    """Return a token with the same header and claims, signed by another key."""
    claims = jwt.decode(token, options={"verify_signature": False})
    key = ec.generate_private_key(ec.SECP256R1())
    return jwt.encode(claims, key, algorithm="ES256", headers=jwt.get_unverified_header(token))


@pytest.fixture(scope="module")
def answers(stack: RunningStack, studio: Studio, callers: dict[str, Caller]) -> Answers:
    """Send every request of the matrix once."""
    found: Answers = {route: {} for route in MATRIX}
    for name, caller in callers.items():
        for route in sorted(MATRIX, key=order):
            found[route][name] = caller.ask(stack, studio, route)
    # Signed in again, because some routes ask for a proof of the last ten minutes.
    owners = [
        Caller(studios.sign_in(stack, one.email), one.email)
        for one in (studio.client, studio.artist)
    ]
    for route in sorted(MATRIX, key=order):
        # The better answer: some routes are for one of the two only.
        asked = [owner.ask(stack, studio, route) for owner in owners]
        found[route]["owner"] = min(asked, key=lambda answer: (answer[0] in REFUSED, answer))
    return found


def fits(cell: str, status: int) -> bool:
    """Return whether a status is what the matrix says."""
    match cell:
        case "2xx":
            return 200 <= status < 300
        case "own":
            return status not in REFUSED and status < 500
        case "tried":
            return 400 <= status < 500 and status not in REFUSED
        case "any":
            return status < 500
        case _:
            return status == int(cell)


def observed(row: dict[str, tuple[int, str]]) -> str:
    return json.dumps({caller: status for caller, (status, _) in row.items()})


@pytest.mark.parametrize("route", MATRIX, ids=" ".join)
def test_every_caller_is_answered_as_written(route: Route, answers: Answers) -> None:
    row = answers[route]
    for caller, (status, _) in row.items():
        assert fits(MATRIX[route][caller], status), f"{caller}: {observed(row)}"
    with_key = {status for caller, (status, _) in row.items() if MATRIX[route][caller] == "any"}
    assert len(with_key - {429}) <= 1, observed(row)


@pytest.mark.parametrize("route", MATRIX, ids=" ".join)
def test_nobody_else_reads_a_private_text(route: Route, answers: Answers) -> None:
    if DECLARED[route].operation.public:
        return
    for caller, (_, text) in answers[route].items():
        assert caller == "owner" or not studios.is_private(text), caller
