"""The keys of tokens are replaced while people use the API: no valid token is refused.

API Gateway keeps the authorizer's answers by the header, so each header is sent once.
"""

import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace

from infra.operate.rebuild import Operator
from infra.operate.rotate_keys import rotate
from shared.platform import base64url
from tests.support.api import Api, fresh_address
from tests.support.stack import RunningStack

PEOPLE = 4
ROUNDS = 84  # of three requests for each of the people
MOST_ROUNDS = 20 * ROUNDS  # on a machine that is faster than keys change
NOTICE_SECONDS = 12  # longer than containers keep the list of keys


@dataclass
class Device:
    """A signed-in device: it exchanges its tokens again and again, and keeps the old ones."""

    api: Api
    refresh_token: str
    access_tokens: list[str] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    signing: set[str] = field(default_factory=set)
    sealing: set[str] = field(default_factory=set)

    def exchange(self) -> None:
        answer = self.api.post("/v1/auth/refresh", {"refreshToken": self.refresh_token})
        self.statuses[answer.status_code] += 1
        tokens = answer.json()
        self.refresh_token = tokens["refreshToken"]
        self.access_tokens.append(tokens["accessToken"])
        header = json.loads(base64url.decode(tokens["accessToken"].partition(".")[0]))
        self.signing.add(header["kid"])
        self.sealing.add(self.refresh_token.split(".")[3])

    def show(self, scheme: str, token: str) -> None:
        answer = self.api.get("/v1/auth/me", Authorization=f"{scheme} {token}")
        self.statuses[answer.status_code] += 1

    def run(self, rotated: dict[str, str]) -> None:
        """Send requests until there were enough, and until keys have changed."""
        for finished in range(MOST_ROUNDS):
            if finished >= ROUNDS and self.has_seen(rotated):
                return
            self.exchange()
            self.show("Bearer", self.access_tokens[-1])
            self.show("bearer", self.access_tokens[finished // 2])
        raise AssertionError(f"{self.signing} and {self.sealing} are without {rotated}")

    def has_seen(self, rotated: dict[str, str]) -> bool:
        # A term of signing keys may end at this very moment, and the rotated one with it.
        return len(self.signing) > 1 and rotated["sealing"] in self.sealing


def test_no_valid_token_is_refused_while_keys_are_replaced(api: Api, stack: RunningStack) -> None:
    devices = []
    for _ in range(PEOPLE):
        person = stack.new_person("client")
        client = replace(api, address=fresh_address())
        answer = client.post(
            "/v1/auth/login", {"email": person["email"], "password": person["password"]}
        )
        devices.append(Device(client, answer.json()["refreshToken"]))
        devices[-1].exchange()
    operator = Operator(stack.settings.session(), stack.settings.prefix())
    lines = list(rotate(operator, NOTICE_SECONDS, leaked=False))
    rotated = {line.split()[0]: line.split()[2] for line in lines[:2]}
    with ThreadPoolExecutor(PEOPLE) as threads:
        for finished in [threads.submit(device.run, rotated) for device in devices]:
            finished.result()
    statuses = sum((device.statuses for device in devices), Counter())
    assert set(statuses) == {200}
    assert statuses[200] >= 1000
    for device in devices:
        assert len(device.sealing) == 2
    published = {key["kid"] for key in api.get("/.well-known/jwks.json").json()["keys"]}
    assert set().union(*(device.signing for device in devices)) <= published
