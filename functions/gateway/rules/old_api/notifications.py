"""Old paths of notifications: the monolith answered `{"success": true}` once it had sent."""

from typing import Any

from gateway.rules.old_api.translation import Feature, NewRequest, OldRequest, Route

_ADDRESSED = ("userId", "sendAt")


def _to_success(_: Any) -> dict[str, Any]:
    return {"success": True}


def _send(request: OldRequest) -> NewRequest:
    body = request.take(*_ADDRESSED, "message", "subject", "channels", text="message")
    return NewRequest("POST", "/v1/notifications/send", body=body)


def _send_email(request: OldRequest) -> NewRequest:
    body = request.take(*_ADDRESSED, "to", "subject", "text", message="text")
    return NewRequest("POST", "/v1/notifications/email", body=body)


def _send_sms(request: OldRequest) -> NewRequest:
    body = request.take(*_ADDRESSED, "to", "text", message="text")
    return NewRequest("POST", "/v1/notifications/sms", body=body)


def _send_push(request: OldRequest) -> NewRequest:
    body = request.take(*_ADDRESSED, "title", "body", "url", "data", message="body")
    return NewRequest("POST", "/v1/notifications/push", body=body)


def _confirm(request: OldRequest) -> NewRequest:
    names = (*_ADDRESSED, "artistName", "serviceName", "startsAt", "timeZone", "location", "notes")
    body = request.take(*names, startTime="startsAt")
    return NewRequest("POST", "/v1/notifications/appointment-confirmation", body=body)


def _list_templates(_: OldRequest) -> NewRequest:
    return NewRequest("GET", "/v1/notifications/templates", query={"limit": ["100"]})


def _to_templates(body: Any) -> list[dict[str, Any]]:
    return [_to_template(item) for item in body["items"]]


def _to_template(item: dict[str, Any]) -> dict[str, Any]:
    mail = (item.get("bodies") or {}).get("email") or {}
    return {
        "id": item["id"],
        "name": item["name"],
        "type": item["kind"],
        "subject": mail.get("subject"),
        "content": mail.get("text"),
    }


FEATURE = Feature(
    "notifications",
    (
        Route("POST", "/send", _send, _to_success),
        Route("POST", "/email", _send_email, _to_success),
        Route("POST", "/sms", _send_sms, _to_success),
        Route("POST", "/push", _send_push, _to_success),
        Route("POST", "/appointment-confirmation", _confirm, _to_success),
        Route("GET", "/templates", _list_templates, _to_templates, is_paged=True),
    ),
    same=("name",),
    ignored=frozenset({"id", "createdAt", "updatedAt"}),
    shown=frozenset({"success", "type"}),
)
