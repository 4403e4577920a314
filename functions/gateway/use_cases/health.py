"""Health of the platform: every feature is asked at once."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from gateway.schemas import PlatformHealth
from gateway.use_cases import documents
from shared.http.health import NotReady
from shared.platform import correlation
from shared.platform.invocation import invoke
from shared.platform.logs import logger


def check_features(ready: bool) -> PlatformHealth:
    """Ask the health route of every feature, with `?ready=1` if `ready`.

    Raises:
        NotReady: Some features are down; the message names them.
    """
    features = documents.list_features()
    check = partial(_check_feature, ready=ready, correlation_id=correlation.current())
    with ThreadPoolExecutor(max_workers=len(features)) as pool:
        states = dict(zip(features, pool.map(check, features), strict=True))
    down = [feature for feature, state in states.items() if state != "ok"]
    if down:
        raise NotReady(f"Not answering: {', '.join(down)}.")
    return PlatformHealth("ok", states)


def _check_feature(feature: str, ready: bool, correlation_id: str) -> str:
    try:
        status = invoke(f"{feature}-api", _build_request(feature, ready, correlation_id))[
            "statusCode"
        ]
    except Exception:
        with correlation.bound(correlation_id):  # bindings are per thread
            logger.exception("feature did not answer", feature=feature)
        return "down"
    return "ok" if status == 200 else "down"


def _build_request(feature: str, ready: bool, correlation_id: str) -> dict[str, Any]:
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
