"""The health of the whole platform: every feature is asked, all at once."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from gateway.schemas import PlatformHealth
from gateway.use_cases import documents
from shared.http.problems import Problem
from shared.platform import correlation
from shared.platform.invocation import invoke
from shared.platform.logs import logger


def of_all(ready: bool) -> PlatformHealth:
    """Ask every feature's own health route, with `?ready=1` when `ready`.

    Raises a 503 Problem naming the features that are down.
    """
    features = documents.features()
    state_of = partial(_state_of, ready=ready, correlation_id=correlation.current())
    with ThreadPoolExecutor(max_workers=len(features)) as pool:
        states = dict(zip(features, pool.map(state_of, features), strict=True))
    down = [feature for feature, state in states.items() if state != "ok"]
    if down:
        raise Problem(503, "not_ready", f"Not answering: {', '.join(down)}.")
    return PlatformHealth("ok", states)


def _state_of(feature: str, ready: bool, correlation_id: str) -> str:
    try:
        status = invoke(f"{feature}-api", _request(feature, ready, correlation_id))["statusCode"]
    except Exception:
        with correlation.bound(correlation_id):  # this thread knows nothing of the request
            logger.exception("feature did not answer", feature=feature)
        return "down"
    return "ok" if status == 200 else "down"


def _request(feature: str, ready: bool, correlation_id: str) -> dict[str, Any]:
    path = f"/v1/{feature}/health"
    return {
        "resource": path,
        "path": path,
        "httpMethod": "GET",
        "headers": {correlation.HEADER: correlation_id},
        "multiValueQueryStringParameters": {"ready": ["1"]} if ready else None,
        "pathParameters": None,
        "stageVariables": None,
        "body": None,
        "isBase64Encoded": False,
        "requestContext": {
            "resourcePath": path,
            "path": path,
            "httpMethod": "GET",
            "identity": {"sourceIp": "127.0.0.1"},
        },
    }
