"""Google's token revocation.

https://developers.google.com/identity/protocols/oauth2/web-server#tokenrevoke
"""

from __future__ import annotations

from infra.local.standins.http import Request, Response, Route, json_response
from infra.local.standins.social import grants
from infra.local.standins.social.errors import ProviderError
from infra.local.standins.social.faults import ProviderFaults
from infra.local.standins.social.google_state import GoogleState
from infra.local.standins.social.kept import Kept


class GoogleRevocation:
    """Ends a token, and with it everything that the same consent gave."""

    def __init__(self, state: Kept[GoogleState], faults: ProviderFaults) -> None:
        self._state = state
        self._faults = faults

    def routes(self) -> list[Route]:
        """Return the route, below /google-revocation."""
        path = "/google-revocation/revoke"
        return [self._faults.route("POST", path, "revoke", self._revoke)]

    def _revoke(self, request: Request) -> Response:
        token = grants.form_of(request).get("token", "")
        with self._state.changing() as state:
            access = state.access_tokens.get(token)
            refresh_token = access.refresh_token if access else token
            refresh = state.refresh_tokens.get(refresh_token)
            given = access or refresh
            if given is None or given.is_revoked:
                raise ProviderError("google-revocation.invalid_token")
            revoke(state, given.email)
        return json_response({})


def revoke(state: GoogleState, email: str) -> None:
    """End every token of a person, and forget what they allowed."""
    for access in state.access_tokens.values():
        access.is_revoked = access.is_revoked or access.email == email
    for refresh in state.refresh_tokens.values():
        refresh.is_revoked = refresh.is_revoked or refresh.email == email
    state.people[email].scopes = []
