"""Pictures of the demo data, uploaded as any client of the API uploads them."""

import hashlib
import time
import uuid
from http import HTTPStatus
from pathlib import Path

from infra.local import loopback
from infra.local.demo.requests import PATIENCE_SECONDS, PAUSE_SECONDS, Caller
from infra.local.settings import StackError

FOLDER = Path(__file__).with_name("pictures")
TIMEOUT_SECONDS = 30.0


def upload(caller: Caller, name: str, purpose: str, shows: str) -> str:
    """Upload a picture and return its id; it is still to be inspected.

    Raises:
        StackError: The API or the storage refused it.
    """
    content = (FOLDER / f"{name}.webp").read_bytes()
    claim = {
        "name": f"{name}.webp",
        "size": len(content),
        "contentType": "image/webp",
        "sha256": hashlib.sha256(content).hexdigest(),
        "purpose": purpose,
    }
    made = caller.send("POST", "/v1/files", claim)
    form = made["upload"]
    _post(form["url"], form["fields"], content)
    caller.send("PATCH", "/v1/files/{id}", {"altText": shows}, of={"id": made["id"]})
    return str(made["id"])


def wait_for(caller: Caller, file_id: str) -> None:
    """Wait until a file of the caller was found clean.

    Raises:
        StackError: It was not, or not in time.
    """
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        file = caller.send("GET", "/v1/files/{id}", of={"id": file_id})
        if file["status"] == "clean":
            return
        if file["status"] == "rejected":
            raise StackError(f"The inspection rejected {file['name']}: {file['reason']}")
        time.sleep(PAUSE_SECONDS)
    raise StackError(f"The inspection of {file_id} takes too long.")


def _post(url: str, fields: dict[str, str], content: bytes) -> None:
    boundary = uuid.uuid4().hex
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    ]
    parts.append(
        f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="file"\r\n\r\n'
    )
    body = "".join(parts).encode() + content + f"\r\n--{boundary}--\r\n".encode()
    headers = {"content-type": f"multipart/form-data; boundary={boundary}"}
    status, answer = loopback.call("POST", url, body=body, headers=headers, timeout=TIMEOUT_SECONDS)
    if status >= HTTPStatus.BAD_REQUEST:
        raise StackError(f"The storage refused a picture with {status}: {answer!r}")
