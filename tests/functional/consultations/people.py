"""Helpers of the consultations tests: callers, events of other features, and stored records."""

import itertools
import math
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any

import msgspec
from chalice.test import HTTPResponse

from consultations import consumers
from consultations.app import app
from consultations.models import PARTIES, Consultation, ConsultationFolder, find_folder
from consultations.store import consultations as store
from consultations.store import pairs
from consultations.use_cases import due_work
from shared.events.domain_events import DomainEvent
from shared.http.caller import Role
from shared.platform import clock
from tests.support import moto_items, streams
from tests.support.gateway import ApiClient, client_for
from tests.support.outbox import published

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
REQUEST: Mapping[str, Any] = {
    "artistId": ARTIST,
    "subject": "A swallow",
    "description": "On my left forearm, as my grandfather had it.",
}
_numbers = itertools.count(1)


class People:
    """Callers: an artist and a client, another of each, an admin, and one who is not signed in."""

    artist: ApiClient = client_for(app).as_user(ARTIST, Role.ARTIST)
    client: ApiClient = client_for(app).as_user(CLIENT, Role.CLIENT)
    other_artist: ApiClient = client_for(app).as_user(OTHER_ARTIST, Role.ARTIST)
    other_client: ApiClient = client_for(app).as_user(OTHER_CLIENT, Role.CLIENT)
    admin: ApiClient = client_for(app).as_user("usr_01JD0000000000000000000EEE", Role.ADMIN)
    nobody: ApiClient = client_for(app)

    def publish_accounts(self) -> None:
        """Publish the accounts."""
        for user_id, name in NAMES.items():
            publish("user.verified", {"userId": user_id, "name": name, "role": ROLES[user_id]})

    def send_request(self, by: ApiClient | None = None, **fields: Any) -> HTTPResponse:
        """Request a consultation with the artist, by default as the client."""
        return (by or self.client).post(HOME, json={**REQUEST, **fields})

    def create_consultation(self, by: ApiClient | None = None, **fields: Any) -> str:
        """Request a consultation successfully and return its path."""
        response = self.send_request(by, **fields)
        assert response.status_code == 201, response.body
        return f"{HOME}/{response.json_body['id']}"


def id_in(path: str) -> str:
    """Return the id in the path of a consultation."""
    return path.rpartition("/")[2]


def publish(type_: str, data: Mapping[str, Any], at: datetime | None = None) -> DomainEvent:
    """Publish an event of another feature, by default at the current time, and return it."""
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


def send_message(
    sender: str, artist: str = ARTIST, client: str = CLIENT, at: datetime | None = None
) -> None:
    """Publish that somebody sent a message in the conversation of the two."""
    data = {"artistId": artist, "clientId": client, "senderId": sender}
    publish("message.created", data | {"createdAt": at or clock.now()})


def publish_clean_file(file_id: str, owner: str = CLIENT, version: int = 1, **fields: Any) -> str:
    """Publish that a file was found clean, and return its id."""
    data = {"fileId": file_id, "ownerId": owner, "contentType": "image/webp"}
    publish("file.cleaned", {**data, "recordVersion": version, **fields})
    return file_id


def proposal_data(path: str, proposal_id: str = "prp_1", **fields: Any) -> dict[str, Any]:
    """Return the data of an event about a proposal that names this consultation."""
    return {
        "proposalId": proposal_id,
        "artistId": ARTIST,
        "clientId": CLIENT,
        "consultationId": id_in(path),
        "appointmentIds": ["apt_1", "apt_2"],
        **fields,
    }


def end_sitting(
    type_: str, appointment_id: str, proposal_id: str | None = "prp_1", version: int = 2
) -> None:
    """Publish the outcome of a sitting, or its correction."""
    data = {"appointmentId": appointment_id, "proposalId": proposal_id, "recordVersion": version}
    publish(f"appointment.{type_}", data)


def sweep(seconds_left: float = math.inf) -> int:
    """Run the sweeper."""
    return due_work.sweep(clock.now(), lambda: seconds_left)


# ---- stored records ----------------------------------------------------------------------------


everything = partial(streams.items, "consultations")


outbox = partial(published, "consultations")


def count_published() -> Counter[str]:
    """Count the published events by their types, without the feature's name."""
    return Counter(event.type.removeprefix("consultation.") for event in outbox())


def stored(path: str) -> Consultation:
    """Return the stored consultation."""
    consultation = store.find_consultation(id_in(path))
    assert consultation is not None
    return consultation


def status(path: str) -> str:
    """Return the status of the stored consultation."""
    return stored(path).status.value


def are_counts_consistent() -> bool:
    """Return whether all counts match the records: of each user, and of open ones of each pair."""
    records: Counter[tuple[str, str]] = Counter()
    counted: Counter[tuple[str, str]] = Counter()
    for item in moto_items.items("consultations"):
        pk, sk = item["pk"], item["sk"]
        if pk.startswith(store.CONSULTATION):
            consultation = msgspec.json.decode(item["record"], type=Consultation)
            for side, person in zip(
                PARTIES, (consultation.artist_id, consultation.client_id), strict=True
            ):
                folder = find_folder(consultation, side)
                if folder is not None:
                    records[f"PERSON#{person} COUNTS#{side}", folder] += 1
        elif sk.startswith(store.COUNTS):
            counted.update(
                {(f"{pk} {sk}", folder): int(item.get(folder, 0)) for folder in ConsultationFolder}
            )
        elif sk.startswith(pairs.OPENED):
            records[pk, "open"] += 1
        elif sk == pairs.OPEN_COUNT:
            counted[pk, "open"] += int(item["number"])
    return +records == +counted and min(counted.values(), default=0) >= 0
