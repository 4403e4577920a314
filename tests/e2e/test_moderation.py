"""Reports and what follows from them, across messaging, profiles, auth, notifications and files."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.e2e.test_booking import Person, new_person
from tests.support.api import Inbox, eventually
from tests.support.stack import RunningStack

CONVERSATIONS = "/v1/messages/conversations"
REPORTS = "/v1/messages/reports"
REASON = {"reason": "Insults a person"}


def send(sender: Person, artist: Person, content: str) -> tuple[str, dict[str, Any]]:
    """Open the conversation with an artist and send a message. Return its path, and the message."""

    def open_conversation() -> str | None:
        answer = sender.api.post(CONVERSATIONS, {"artistId": artist.id})
        return str(answer.json()["id"]) if answer.ok else None

    path = f"{CONVERSATIONS}/{eventually(open_conversation, 'the conversation')}"
    body = {"clientMessageId": uuid.uuid4().hex, "type": "text", "content": content}
    answer = sender.api.post(f"{path}/messages", body)
    assert answer.status_code == 201, answer.text
    return path, answer.json()


def decide(admin: Person, report_id: str, action: str, **fields: Any) -> dict[str, Any]:
    """Decide about a report as soon as it is in the list of admins."""

    def attempt() -> dict[str, Any] | None:
        answer = admin.api.post(f"{REPORTS}/{report_id}/{action}", REASON | fields)
        assert answer.status_code in (200, 404), answer.text
        return dict(answer.json()) if answer.ok else None

    return eventually(attempt, "the report")


def test_a_message_is_hidden_and_its_sender_suspended(stack: RunningStack, inbox: Inbox) -> None:
    admin, artist = new_person(stack, "admin"), new_person(stack, "artist")
    client = new_person(stack, "client")
    path, message = send(client, artist, f"Look, you fool: {stack.inbox_url}/")

    def find_preview() -> Any:
        (shown,) = artist.api.get(f"{path}/messages").json()["items"]
        return shown["preview"]

    assert eventually(find_preview, "the preview")["url"] == f"{stack.inbox_url}/"

    def report(**fields: Any) -> str:
        answer = artist.api.post(f"{path}/report", {"reason": "harassment", **fields})
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    hidden = decide(admin, report(messageId=message["id"]), "hide")
    assert hidden["hidden"]
    (seen,) = artist.api.get(f"{path}/messages").json()["items"]
    assert (seen["content"], seen["preview"]) == (None, None)
    (own,) = client.api.get(f"{path}/messages").json()["items"]
    assert own["hidden"]["reason"] == REASON["reason"]
    inbox.wait_for("email", client.email, lambda mail: "was hidden" in mail["subject"])

    until = (datetime.now(UTC) + timedelta(days=7)).strftime("%Y-%m-%dT%H:%M:%SZ")
    suspended = decide(admin, report(), "suspend", text="You insulted an artist.", until=until)

    def is_banned() -> bool:
        found = admin.api.get(f"{REPORTS}/{suspended['id']}").json()
        return bool(found["decision"]["suspension"]["state"] == "done")

    eventually(is_banned, "the ban")
    account = admin.api.get(f"/v1/admin/users/{client.id}").json()
    assert (account["banReason"], account["banEndsAt"]) == (REASON["reason"], until)
    assert client.api.get("/v1/auth/me").status_code == 401
    mail = inbox.wait_for("email", client.email, lambda each: "suspended" in each["subject"])
    assert suspended["id"] in mail["text"]


def test_a_page_is_reported_hidden_and_shown_again(stack: RunningStack, inbox: Inbox) -> None:
    admin, artist = new_person(stack, "admin"), new_person(stack, "artist")
    client = new_person(stack, "client")
    page = f"/v1/profiles/users/{artist.id}/page"
    eventually(lambda: client.api.get(page).ok, "the page")
    body = {"kind": "page", "subjectId": artist.id, "reason": "scam", "details": "Not a studio."}
    reported = client.api.post("/v1/profiles/reports", body)
    assert reported.status_code == 201, reported.text
    report_id = reported.json()["id"]
    warned = decide(admin, report_id, "warn", text="Show your own work.", hide=True)
    assert (warned["kind"], warned["warnings"]) == ("page", 1)
    eventually(lambda: client.api.get(page).status_code == 404, "the page to be hidden")
    own = artist.api.get("/v1/profiles/me/page").json()
    assert own["hidden"]["reason"] == REASON["reason"]
    mail = inbox.wait_for("email", artist.email, lambda each: "warning" in each["subject"])
    assert "Show your own work." in mail["text"]

    def find_outcome() -> bool:
        entries = client.api.get("/v1/notifications/inbox").json()["items"]
        return any("Your report was looked at" in entry["title"] for entry in entries)

    eventually(find_outcome, "the outcome of the report")
    log = admin.api.get(f"/v1/auth/accounts/{artist.id}/audit").json()["items"]
    assert [entry["actorId"] for entry in log if entry["action"] == "warned"] == [admin.id]
    decide(admin, report_id, "show")
    eventually(lambda: client.api.get(page).ok, "the page to be shown again")
