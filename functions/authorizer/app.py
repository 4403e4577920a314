"""The Lambda authorizer of API Gateway.

The public halves of the root keys are fetched with a container's first token: tokens carry the
certificate of the key that signed them. After that, a container asks at most every 15 seconds which
sessions were ended, and no other request leaves it (docs/adr/0042).
"""

import os
from typing import TYPE_CHECKING, Any

from chalice.app import AuthRequest, Chalice

from shared.http import ended_sessions
from shared.http.access_tokens import Claims, InvalidToken, NotValidNow, verify
from shared.platform import clock, deadlines, outages, signed_calls
from shared.platform.invocation import Unauthorized
from shared.platform.outages import Outage

if TYPE_CHECKING:
    from aws_lambda_powertools import Logger

# Less than the function's timeout. DynamoDB's seven seconds begin after up to four for KMS.
CALLS_SECONDS = 11.0
# How long API Gateway keeps an answer. Together with the age of the list of ended sessions, 25
# seconds, it is how long an access token outlives its session: less than 60 seconds.
CACHED_SECONDS = 30

app = Chalice(app_name="authorizer", configure_logs=False)

if "_HANDLER" in os.environ:  # a container of Lambda is starting
    signed_calls.prepare()


@app.authorizer(ttl_seconds=CACHED_SECONDS)
def authorize(request: AuthRequest) -> dict[str, Any]:
    """Allow the bearer of a valid access token on all routes.

    Features check roles and ownership. The policy must cover the whole stage because API Gateway
    caches it by token, whichever route the token was first sent to. An invalid token is denied
    instead of raising an error: denials are cached too, and the gateway answers ACCESS_DENIED,
    which only this function causes, with 401. The denial of a token that is valid in a few seconds,
    or would be by a better clock, must not be cached: it is raised, and answered with 401, too.

    Raises:
        Unauthorized: A genuine token is a few seconds too early or too late.
        Outage: KMS does not answer with the keys, or DynamoDB not with the ended sessions for 25
            seconds. API Gateway does not cache that, and answers AUTHORIZER_FAILURE with 503.
    """
    scheme, _, token = request.token.partition(" ")
    stage_arn = "/".join(request.method_arn.split("/")[:2]) + "/*"
    if scheme.lower() != "bearer":
        return _policy("Deny", stage_arn, principal="anonymous")
    try:
        with deadlines.within(CALLS_SECONDS):
            claims = verify(token.strip(), clock.now())
            has_ended = any(map(ended_sessions.has_ended, _list_sessions(claims)))
    except NotValidNow as error:
        _get_logger().info("token refused", reason=str(error))
        raise Unauthorized from error
    except InvalidToken as error:
        _get_logger().info("token refused", reason=str(error))
        return _policy("Deny", stage_arn, principal="anonymous")
    except Exception as error:
        _get_logger().exception("token not verified", cause=type(error).__name__)
        if outages.find(error):
            raise Outage("The token cannot be verified at the moment.") from error
        raise
    if has_ended:
        _get_logger().info("token refused", reason="session ended")
        return _policy("Deny", stage_arn, principal="anonymous")
    return _policy("Allow", stage_arn, claims.sub) | {"context": _context(claims)}


def _get_logger() -> "Logger":
    # Imported here because importing it takes a tenth of a cold start, and valid tokens are not
    # logged.
    from shared.platform.logs import logger  # noqa: PLC0415

    return logger


def _policy(effect: str, resource: str, principal: str) -> dict[str, Any]:
    statement = {"Effect": effect, "Action": ["execute-api:Invoke"], "Resource": [resource]}
    return {
        "principalId": principal,
        "policyDocument": {"Version": "2012-10-17", "Statement": [statement]},
    }


def _list_sessions(claims: Claims) -> list[str]:
    """Return the sessions that have to last: that of an assistant's studio, and their own."""
    return [claims.sid, *([claims.act.sid] if claims.act else [])]


def _context(claims: Claims) -> dict[str, str]:
    acting: dict[str, str] = {}
    if claims.act:
        acting = {
            "actingId": claims.act.sub,
            "actingSessionId": claims.act.sid,
            "scope": claims.scope or "",
        }
    proved = {"authTime": str(claims.auth_time)} if claims.auth_time else {}
    return (
        acting
        | proved
        | {
            "userId": claims.sub,
            "email": claims.email,
            "role": claims.role,
            "sessionId": claims.sid,
            "expiresAt": str(claims.exp),
        }
    )
