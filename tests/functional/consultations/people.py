"""consultations as artists and clients use it: over HTTP, with what then lies in the table."""

import itertools
import math
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec
from chalice.test import HTTPResponse

from consultations import consumers
from consultations.app import app
from consultations.models import PARTIES, Consultation, Folder, folder_of
from consultations.store import consultations as store
from consultations.use_cases import due_work
from shared.events.domain_events import DomainEvent
from shared.http.caller import Role
from shared.platform import clock
from tests.support import kept as in_memory
from tests.support import streams
from tests.support.gateway import ApiClient, client_for

MONDAY = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)

ARTIST = "usr_01JD0000000000000000000AAA"
OTHER_ARTIST = "usr_01JD0000000000000000000BBB"
CLIENT = "usr_01JD0000000000000000000CCC"
OTHER_CLIENT = "usr_01JD0000000000000000000DDD"
NAMES = {ARTIST: "Mara", OTHER_ARTIST: "Noa", CLIENT: "Ada", OTHER_CLIENT: "Bea"}
ROLES = {
    ARTIST: Role.ARTIST,
    OTHER_ARTIST: Role.ARTIST,
    CLIENT: Role.CLIENT,
    OTHER_CLIENT: Role.CLIENT,
}
HOME = "/v1/consultations"
WISH: Mapping[str, Any] = {
    "artistId": ARTIST,
    "subject": "A swallow",
    "description": "On my left forearm, as my grandfather had it.",
}
# Of features that are built beside this one; their handlers are registered with their contracts.
_numbers = itertools.count(1)


class People:
    """An artist and a client, another of each, an admin and nobody."""

    artist: ApiClient = client_for(app).as_user(ARTIST, Role.ARTIST)
    client: ApiClient = client_for(app).as_user(CLIENT, Role.CLIENT)
    other_artist: ApiClient = client_for(app).as_user(OTHER_ARTIST, Role.ARTIST)
    other_client: ApiClient = client_for(app).as_user(OTHER_CLIENT, Role.CLIENT)
    admin: ApiClient = client_for(app).as_user("usr_01JD0000000000000000000EEE", Role.ADMIN)
    nobody: ApiClient = client_for(app)

    def are_known(self) -> None:
        """Their accounts were heard of."""
        for user_id, name in NAMES.items():
            hear("user.verified", {"userId": user_id, "name": name, "role": ROLES[user_id]})

    def asks(self, by: ApiClient | None = None, **fields: Any) -> HTTPResponse:
        """The client, unless it is somebody else, asks the artist."""
        return (by or self.client).post(HOME, json={**WISH, **fields})

    def has_asked(self, by: ApiClient | None = None, **fields: Any) -> str:
        """As `asks`, and it went well; returns the consultation's path."""
        answer = self.asks(by, **fields)
        assert answer.status_code == 201, answer.body
        return f"{HOME}/{answer.json_body['id']}"


def id_in(path: str) -> str:
    """The id in the path of a consultation."""
    return path.rpartition("/")[2]


def hear(type_: str, data: Mapping[str, Any], at: datetime | None = None) -> DomainEvent:
    """Let another feature's event arrive, which tells of then if not of now; returns it."""
    event = DomainEvent(
        id=f"evt_{next(_numbers)}",
        source="/artist-booking/elsewhere",
        type=type_,
        subject="usr_somebody",
        time=at or clock.now(),
        data=msgspec.to_builtins(dict(data)),
    )
    consumers.handle(event, clock.now())
    return event


def writes(
    sender: str, artist: str = ARTIST, client: str = CLIENT, at: datetime | None = None
) -> None:
    """Somebody writes in the thread of the two."""
    data = {"artistId": artist, "clientId": client, "senderId": sender}
    hear("message.created", data | {"createdAt": at or clock.now()})


def cleans(file_id: str, owner: str = CLIENT, version: int = 1, **fields: Any) -> str:
    """A file was found clean; returns its id."""
    data = {"fileId": file_id, "ownerId": owner, "contentType": "image/webp"}
    hear("file.cleaned", {**data, "recordVersion": version, **fields})
    return file_id


def proposal(path: str, proposal_id: str = "prp_1", **fields: Any) -> dict[str, Any]:
    """What appointments tells about a proposal that was made of this consultation."""
    return {
        "proposalId": proposal_id,
        "artistId": ARTIST,
        "clientId": CLIENT,
        "consultationId": id_in(path),
        "appointmentIds": ["apt_1", "apt_2"],
        **fields,
    }


def over(type_: str, appointment_id: str, proposal_id: str | None = "prp_1") -> None:
    """A sitting is over."""
    hear(f"appointment.{type_}", {"appointmentId": appointment_id, "proposalId": proposal_id})


def sweep(seconds_left: float = math.inf) -> int:
    """Let the sweeper come by."""
    return due_work.sweep(clock.now(), lambda: seconds_left)


def error_fields(answer: HTTPResponse) -> dict[str, str]:
    """The fields that a 422 names, with what is wrong with each."""
    assert answer.status_code == 422, answer.body
    return {error["field"]: error["message"] for error in answer.json_body["errors"]}


def refused(answer: HTTPResponse) -> tuple[int, str]:
    """The status and code of a refusal."""
    return answer.status_code, answer.json_body["code"]


# ---- what lies in the table --------------------------------------------------------------------


def everything() -> list[dict[str, Any]]:
    """All items of the table."""
    return streams.items("consultations")


def outbox(event_type: str | None = None) -> list[DomainEvent]:
    """The events that were told, of one type or all, oldest first."""
    images = [item["event"]["S"] for item in everything() if "event" in item]
    events = [msgspec.json.decode(image, type=DomainEvent) for image in images]
    return sorted(
        (event for event in events if event_type in (None, event.type)), key=lambda event: event.id
    )


def told() -> Counter[str]:
    """How often each kind of event was told, without the feature's name."""
    return Counter(event.type.removeprefix("consultation.") for event in outbox())


def kept(path: str) -> Consultation:
    """The stored consultation."""
    found = store.find_consultation(id_in(path))
    assert found is not None
    return found


def status(path: str) -> str:
    """The status of the stored consultation."""
    return kept(path).status.value


def counts_are_right() -> bool:
    """Whether what is counted is what there is: of everybody, and of the open ones of each two."""
    records: Counter[tuple[str, str]] = Counter()
    counted: Counter[tuple[str, str]] = Counter()
    for item in in_memory.items("consultations"):
        pk, sk = item["pk"], item["sk"]
        if pk.startswith(store.CONSULTATION):
            one = msgspec.json.decode(item["record"], type=Consultation)
            for side, person in zip(PARTIES, (one.artist_id, one.client_id), strict=True):
                folder = folder_of(one, side)
                if folder is not None:
                    records[f"PERSON#{person} COUNTS#{side}", folder] += 1
        elif sk.startswith(store.COUNTS):
            counted.update({(f"{pk} {sk}", one): int(item.get(one, 0)) for one in Folder})
        elif sk.startswith(store.OPENED):
            records[pk, "open"] += 1
        elif sk == store.OPEN_COUNT:
            counted[pk, "open"] += int(item["number"])
    return +records == +counted and min(counted.values(), default=0) >= 0
