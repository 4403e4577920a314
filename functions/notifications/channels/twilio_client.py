"""HTTP client of the Twilio SDK that calls through the guard of outside calls.

The SDK's own client limits neither the size nor the total time of an answer, and logs URLs.
"""

from base64 import b64encode
from collections.abc import Mapping
from functools import lru_cache
from urllib.parse import urlencode

from twilio.http.response import Response

from shared.platform.config import Common, from_environment
from shared.platform.outside_calls import Connections, Guard

MAX_ANSWER_BYTES = 1024 * 1024  # a page of a list of messages
ANSWER_SECONDS = 15.0
DEADLINE_SECONDS = 20.0  # from the look-up of the name to the last byte of the answer


class TwilioClient:
    """A `twilio.http.HttpClient` whose connections stay open between calls.

    Attributes:
        retry_after: Retry-After of the last answer, which the SDK's exceptions do not have.
    """

    is_async = False

    def __init__(self) -> None:
        self.retry_after: str | None = None

    def request(
        self,
        method: str,
        uri: str,
        *,
        params: Mapping[str, object] | None = None,
        data: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,  # noqa: ARG002  (that of the guard counts)
        allow_redirects: bool = False,  # noqa: ARG002  (none is followed)
    ) -> Response:
        """Send a request, as the SDK asks for it, and return the answer.

        Only what reads is repeated when a kept connection turns out to be closed: an SMS that is
        sent twice costs twice.

        Raises:
            CallFailed: There is no answer; `was_sent` tells whether Twilio may have the request.
        """
        chosen = {name: value for name, value in (headers or {}).items() if name != "User-Agent"}
        if auth is not None:
            chosen["Authorization"] = f"Basic {b64encode(':'.join(auth).encode()).decode()}"
        if data is not None:
            chosen["Content-Type"] = "application/x-www-form-urlencoded"
        self.retry_after = None
        answer = _connections().call(
            f"{uri}?{urlencode(params, doseq=True)}" if params else uri,
            method=method.upper(),
            headers=chosen,
            body=urlencode(data or {}, doseq=True).encode(),
            is_repeatable=method.upper() == "GET",
        )
        self.retry_after = answer.headers.get("retry-after")
        return Response(answer.status, answer.body.decode(errors="replace"), answer.headers)


@lru_cache
def _connections() -> Connections:
    """Return the connections to Twilio of this container."""
    guard = Guard(
        max_bytes=MAX_ANSWER_BYTES,
        deadline_seconds=DEADLINE_SECONDS,
        answer_seconds=ANSWER_SECONDS,
        allows_loopback=from_environment(Common).environment == "local",
    )
    return Connections(guard)
