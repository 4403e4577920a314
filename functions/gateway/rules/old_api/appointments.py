"""Old paths of appointments: `startTime` and `endTime`, and a status that anybody could set.

Ours checks every change of a status. What an old client may still ask for is confirming, cancelling
and moving; other statuses are refused.
"""

from typing import Any

from gateway.rules.old_api.translation import (
    BroughtBack,
    Feature,
    NewRequest,
    OldRequest,
    Route,
    Untranslatable,
    pick_query,
)

RESOURCE = "/v1/appointments/{id}"
BOOKING = {"serviceId": "serviceId", "startTime": "startsAt", "clientId": "clientId"}


def _book(request: OldRequest) -> NewRequest:
    return NewRequest("POST", "/v1/appointments", body=_to_booking(request))


def _preview_booking(request: OldRequest) -> NewRequest:
    return NewRequest("POST", "/v1/appointments/previews", body=_to_booking(request))


def _to_booking(request: OldRequest) -> dict[str, Any]:
    return request.take("notes", "durationMinutes", **BOOKING)


def _list(request: OldRequest) -> NewRequest:
    query = pick_query(request.query, "status", "from", "to")
    return NewRequest("GET", "/v1/appointments", query={**query, "limit": ["100"]})


def _get(request: OldRequest) -> NewRequest:
    return NewRequest("GET", RESOURCE, request.parameters)


def _confirm(request: OldRequest) -> NewRequest:
    return NewRequest("POST", f"{RESOURCE}/confirm", request.parameters)


def _cancel(request: OldRequest) -> NewRequest:
    body = request.take("reason")
    return NewRequest("POST", f"{RESOURCE}/cancel", request.parameters, body=body)


def _preview_cancelling(request: OldRequest) -> NewRequest:
    return _as_preview(_cancel(request))


def _change(request: OldRequest) -> NewRequest:
    match request.body:
        case {"startTime": start} if request.body.keys() <= {"startTime", "endTime"}:
            body = {"startsAt": start}
            return NewRequest("POST", f"{RESOURCE}/reschedule", request.parameters, body=body)
        case {"status": "cancelled"} if request.body.keys() <= {"status", "reason"}:
            return _cancel(request)
        case {"status": "confirmed"} if len(request.body) == 1:
            return _confirm(request)
    raise Untranslatable("Send either startTime, or the status confirmed or cancelled.")


def _preview_change(request: OldRequest) -> NewRequest:
    changed = _change(request)
    return changed if changed.resource.endswith("/confirm") else _as_preview(changed)


def _as_preview(change: NewRequest) -> NewRequest:
    return NewRequest(
        change.method, change.resource, change.parameters, {"preview": ["true"]}, change.body
    )


def _to_list(body: Any) -> list[dict[str, Any]]:
    return [_to_appointment(item) for item in body["items"]]


def _to_appointment(item: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": item["id"],
        "artistId": item["artistId"],
        "clientId": item["clientId"],
        "serviceId": item["service"]["id"],
        "serviceName": item["service"]["name"],
        "startTime": item["startsAt"],
        "endTime": item["endsAt"],
        "status": item["status"],
        "notes": item["notes"],
    }


def _bring_back(record: dict[str, Any], monolith_id: str | None) -> BroughtBack:
    if monolith_id is None:
        made = {name: value for name, value in record.items() if name != "id"}
        return BroughtBack("POST", "/appointments", made)
    changed = {name: record[name] for name in ("startTime", "endTime", "status")}
    return BroughtBack("PATCH", f"/appointments/{monolith_id}", changed)


FEATURE = Feature(
    "appointments",
    (
        Route("GET", "", _list, _to_list, is_paged=True),
        Route(
            "POST",
            "",
            _book,
            _to_appointment,
            status=201,
            to_preview=_preview_booking,
            keeps_record=True,
        ),
        Route("GET", "/{id}", _get, _to_appointment),
        Route(
            "PATCH",
            "/{id}",
            _change,
            _to_appointment,
            to_preview=_preview_change,
            keeps_record=True,
        ),
        Route(
            "DELETE",
            "/{id}",
            _cancel,
            _to_appointment,
            to_preview=_preview_cancelling,
            keeps_record=True,
        ),
        Route("POST", "/{id}/confirm", _confirm, _to_appointment, keeps_record=True),
        Route(
            "POST",
            "/{id}/cancel",
            _cancel,
            _to_appointment,
            to_preview=_preview_cancelling,
            keeps_record=True,
        ),
    ),
    record_prefix="apt_",
    resource=RESOURCE,
    to_record=_to_appointment,
    bring_back=_bring_back,
    followed=("startTime", "status"),
    same=("artistId", "clientId", "startTime"),
    ignored=frozenset({"id", "createdAt", "updatedAt"}),
    shown=frozenset({"status"}),
)
