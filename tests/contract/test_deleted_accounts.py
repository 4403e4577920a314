"""Deleted accounts: an access token that outlived its account writes nothing, on any route."""

from collections.abc import Iterator

import pytest

from domain.errors import SessionEnded
from infra import features
from shared.http.operations import Operation

# Routes that write for a signed-in caller without asking whether the account was deleted.
EXEMPT = {
    "POST /v1/auth/logout": "ends sessions, of which a deleted account has none",
    # The membership ends with the account, and its conversations are no longer found.
    "POST /v1/messages/conversations/{id}/messages": "membership",
    "PATCH /v1/messages/conversations/{id}/messages/{message}": "membership",
    "DELETE /v1/messages/conversations/{id}/messages/{message}": "membership",
    "PUT /v1/messages/conversations/{id}/read": "membership",
    "POST /v1/messages/conversations/{id}/typing": "membership",
    "PUT /v1/messages/conversations/{id}/pin": "membership",
    "DELETE /v1/messages/conversations/{id}/pin": "membership",
    "PUT /v1/messages/conversations/{id}/mute": "membership",
    "DELETE /v1/messages/conversations/{id}/mute": "membership",
    "PUT /v1/messages/conversations/{id}/block": "membership",
    "DELETE /v1/messages/conversations/{id}/block": "membership",
    "POST /v1/messages/conversations/{id}/report": "membership",
    "POST /v1/messages/tickets": "the WebSocket that a ticket would open is refused",
    "POST /v1/messages/reports/{id}/close": "writes nothing of the admin but their id",
}


def list_writes() -> Iterator[tuple[str, Operation]]:
    """Yield every operation that writes for a signed-in caller."""
    for app in features.load_all().values():
        for (method, path), operation in getattr(app, "operations", {}).items():
            if method != "GET" and not operation.public:
                yield f"{method} {path}", operation


WRITES = dict(list_writes())


@pytest.mark.parametrize("route", WRITES)
def test_a_write_refuses_deleted_accounts(route: str) -> None:
    operation = WRITES[route]
    is_refused = operation.is_deleted is not None or SessionEnded in operation.errors
    assert is_refused != (route in EXEMPT)


def test_only_existing_routes_are_exempt() -> None:
    assert set(EXEMPT) <= set(WRITES)
