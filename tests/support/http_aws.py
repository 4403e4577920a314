"""AWS at the other end of HTTP, so that botocore's retries, timeouts and parsers are tested too."""

import json
import time
from typing import Any

WINDOW_SECONDS = 900


def operation_of(request: Any) -> str:
    """Return the operation that a request names, or its method and path in a REST protocol."""
    target = request.headers.get("X-Amz-Target")
    if target is None:
        return f"{request.method} {request.url.partition('//')[2].partition('/')[2]}"
    return (target.decode() if isinstance(target, bytes) else str(target)).rpartition(".")[2]


def answer(operation: str, request: Any) -> dict[str, Any]:
    """Return what an empty account answers to an operation in a JSON protocol."""
    if operation == "UpdateItem":
        closes_at = int(time.time()) + WINDOW_SECONDS
        window = {"hits": 1, "leased": 0, "expires_at": closes_at}
        return {"Attributes": {name: {"N": str(value)} for name, value in window.items()}}
    if operation == "GetParameter":
        secret = {"KEY": "0123456789abcdef", "MONGO_URI": "", "MESSAGING_MONGO_URI": ""}
        return {"Parameter": {"Value": json.dumps(secret)}}
    if operation == "BatchGetItem":
        tables = json.loads(request.body)["RequestItems"]
        return {"Responses": {table: [] for table in tables}, "UnprocessedKeys": {}}
    return {"Items": [], "Count": 0, "ScannedCount": 0} if operation == "Query" else {}


def respond(request: Any, answer: dict[str, Any], status: int = 200) -> Any:
    """Return the HTTP response with an answer."""
    return _response(request, json.dumps(answer), status)


def refuse(request: Any, code: str, message: str = "", status: int = 400) -> Any:
    """Return the HTTP response with an error, as JSON or, from S3, as XML."""
    if request.headers.get("X-Amz-Target") is None:
        text = f"<Error><Code>{code}</Code><Message>{message}</Message></Error>"
        return _response(request, text, status)
    return respond(request, {"__type": code, "message": message}, status)


def _response(request: Any, text: str, status: int) -> Any:
    from botocore.awsrequest import AWSResponse, HeadersDict  # noqa: PLC0415

    headers: Any = HeadersDict({"content-type": "application/x-amz-json-1.0"})
    response: Any = AWSResponse(request.url, status, headers, None)
    response._content = text.encode()  # as if it had been read
    return response
