"""What is going on between the people of the demo data: bookings, requests, messages, reviews."""

import hashlib
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from infra.local.demo import pictures
from infra.local.demo.requests import Caller, Refused
from infra.local.demo.studio import CUSTOM, DAY_AT_THE_STUDIO, LARGE, TOUCH_UP, services_of

BERLIN = ZoneInfo("Europe/Berlin")
TUESDAY, WEDNESDAY, THURSDAY, FRIDAY, SATURDAY = range(1, 6)
SMALL = "Small tattoo"


@dataclass(frozen=True)
class Cast:
    """People of the scenes."""

    ari: Caller
    cleo: Caller
    sam: Caller
    others: dict[str, Caller]


def talk(cast: Cast) -> None:
    """Let client and artist write to each other.

    Raises:
        StackError: A function refused a request.
    """
    _say(
        (cast.cleo, cast.ari, "Hi Ari! I love your ferns. Do you have time before Christmas?"),
        (cast.ari, cast.cleo, "Hi Cleo, thank you! Yes, there are some hours left."),
        (cast.ari, cast.cleo, "Send me a picture of what you have in mind with your request."),
        (cast.cleo, cast.ari, "Done. It should go along the forearm, about 15 cm."),
    )
    _say(
        (cast.sam, cast.ari, "I paid the deposit this morning, the receipt is attached to it."),
        (cast.ari, cast.sam, "Got it, thanks. See you on Saturday!"),
        (cast.sam, cast.ari, "Can I bring my sister along?"),
    )
    _say((cast.cleo, cast.others["mira"], "Is the trial in the studio or at my place?"))


def book(cast: Cast) -> None:
    """Fill the artist's calendar: what is confirmed, to be paid, paid, asked for and over.

    Raises:
        StackError: A function refused a request.
    """
    ari, cleo, sam = cast.ari, cast.cleo, cast.sam
    services = services_of(ari)

    def reserve(client: Caller, name: str, start: datetime, notes: str = "") -> dict[str, Any]:
        body = {"serviceId": services[name], "startsAt": _instant(start), "notes": notes}
        try:
            booked: dict[str, Any] = client.until("POST", "/v1/appointments", body)
        except Refused as error:
            if not error.is_taken or start > _at(TUESDAY, "10:00", weeks=8):
                raise
            return reserve(client, name, start + timedelta(weeks=1), notes)
        return booked

    reserve(cleo, SMALL, _at(THURSDAY, "14:00", weeks=1), "The small branch from your flash sheet.")
    reserve(cleo, DAY_AT_THE_STUDIO, _at(WEDNESDAY, "14:00", weeks=2))
    reserve(sam, SMALL, _at(TUESDAY, "11:00", weeks=1), "My first one. A bit nervous!")
    reserve(sam, TOUCH_UP, _at(THURSDAY, "11:00", weeks=1))
    paid = reserve(sam, DAY_AT_THE_STUDIO, _at(SATURDAY, "14:00", weeks=1))
    receipt = pictures.upload(sam, "cleo-transfer", "proof", "The receipt of a transfer")
    pictures.wait_for(sam, receipt)
    proof = {"reference": "Transfer of today", "files": [receipt]}
    sam.until("POST", "/v1/appointments/{id}/deposit/proof", proof, of={"id": paid["id"]})
    reserve(sam, CUSTOM, _at(FRIDAY, "14:00", weeks=3), "Two swallows, one for each shoulder.")
    waiting = {
        "serviceId": services[CUSTOM],
        "firstDate": _at(TUESDAY, "10:00", weeks=1).date().isoformat(),
        "lastDate": _at(SATURDAY, "10:00", weeks=2).date().isoformat(),
    }
    sam.until("POST", "/v1/appointments/waitlist", waiting)
    ornament = services_of(cast.others["juno"])["Handpoked ornament"]
    cleo.until("POST", "/v1/appointments/waitlist", waiting | {"serviceId": ornament})


def ask(cast: Cast) -> None:
    """Let clients ask for what is drawn for them, and the artist propose dates.

    Raises:
        StackError: A function refused a request.
    """
    ari, cleo, sam, mira = cast.ari, cast.cleo, cast.sam, cast.others["mira"]
    services = services_of(ari)
    references = [
        pictures.upload(cleo, "cleo-idea", "consultation", "A fern, drawn on green"),
        pictures.upload(cleo, "cleo-colours", "consultation", "Strokes of green and ochre"),
    ]
    for reference in references:
        pictures.wait_for(cleo, reference)
    first = _at(TUESDAY, "10:00", weeks=2)
    asked = cleo.until(
        "POST",
        "/v1/consultations",
        {
            "artistId": ari.id,
            "subject": "A fern along the forearm",
            "description": "Like the one in your portfolio, with two young fronds at the wrist. "
            "I would like it to follow the line of the muscle.",
            "serviceId": services[LARGE],
            "placement": "Left forearm, inside",
            "size": "15 cm",
            "style": "fine-line",
            "palette": "black_and_grey",
            "budget": {"currency": "EUR", "minimum": 40000, "maximum": 110000},
            "preferredWindows": [
                {
                    "firstDate": first.date().isoformat(),
                    "lastDate": (first.date() + timedelta(days=40)).isoformat(),
                    "partOfDay": "afternoon",
                }
            ],
            "files": references,
            "intake": {
                "version": 1,
                "answers": {"place": "Left forearm", "first": False, "skin": ["Nothing"]},
            },
        },
    )
    draft = ari.until("GET", "/v1/consultations/{id}/proposal-draft", of={"id": asked["id"]})[
        "proposal"
    ]
    starts = (_at(THURSDAY, "14:00", weeks=2), _at(THURSDAY, "14:00", weeks=5))
    sittings = [
        {"startsAt": _instant(starts[0])},
        {
            "startsAt": _instant(starts[1]),
            "durationMinutes": 120,
            "price": {"amount": 24000, "currency": "EUR"},
        },
    ]
    message = "Two sittings are enough. The second one is for the fine lines."
    body = draft | {"startsAt": None, "sittings": sittings, "message": message}
    ari.until("POST", "/v1/appointments/proposals", body | {"expiresInHours": 120})
    _consult(sam, ari, "A swallow over a scar", "It is seven years old and quite flat.", 1)
    _consult(cleo, mira, "My wedding in May", "Four people and me, in a garden near Sintra.", 0)


def look_back(cast: Cast) -> None:
    """Let clients come, and write reviews; one of them is still to be written.

    Raises:
        StackError: A function refused a request.
    """
    ari, cleo, sam, others = cast.ari, cast.cleo, cast.sam, cast.others
    visits = (
        (
            ari,
            cleo,
            TOUCH_UP,
            5,
            "Careful, quiet and exact. The lines healed without a gap.",
            "Thank you, Cleo. It was a pleasure to draw for you.",
        ),
        (
            others["juno"],
            sam,
            "Consultation in the studio",
            5,
            "Took an hour to listen before drawing anything.",
            None,
        ),
        (
            others["halm"],
            sam,
            "Cello lessons, five times",
            4,
            "Patient, and honest about my bow hand.",
            None,
        ),
        (
            others["noor"],
            sam,
            "Both hands",
            5,
            "Dark, even, and it lasted two weeks.",
            "So glad! See you at the next one.",
        ),
        (others["mira"], cleo, "Make-up for an evening", None, "", None),
    )
    for artist, client, service, rating, text, reply in visits:
        _open(client, artist)
        visit = {
            "serviceId": services_of(artist)[service],
            "clientId": client.id,
            "durationMinutes": 5,
        }
        came = artist.until("POST", "/v1/appointments/walk-ins", visit)
        artist.until("POST", "/v1/appointments/{id}/complete", of={"id": came["id"]})
        if rating is None:
            continue
        body = {"appointmentId": came["id"], "rating": rating, "text": text}
        review = client.until("POST", "/v1/profiles/reviews", body)
        if reply:
            path = "/v1/profiles/reviews/{id}/reply"
            artist.until("PUT", path, {"text": reply}, of={"id": review["id"]})


def keep(cast: Cast) -> None:
    """Let people follow, collect, give and note down.

    Raises:
        StackError: A function refused a request.
    """
    ari, cleo = cast.ari, cast.cleo
    avatars = ((cleo, "avatar-cleo"), (cast.sam, "avatar-sam"))
    files = [
        (each, pictures.upload(each, name, "avatar", "A portrait, drawn in flat colours"))
        for each, name in avatars
    ]
    items = [
        item["id"]
        for artist in (ari, cast.others["juno"])
        for item in artist.send("GET", "/v1/profiles/me/portfolio")["items"][:3]
    ]
    for artist in (ari, cast.others["juno"], cast.others["mira"]):
        cleo.until("PUT", "/v1/profiles/users/{id}/follow", of={"id": artist.id})
    board = cleo.until("POST", "/v1/profiles/boards", {"name": "Ideas for my forearm"})["id"]
    for item in items:
        of_board = {"id": board, "item": item}
        cleo.until("PUT", "/v1/profiles/boards/{id}/items/{item}", of=of_board)
        for fan in (cleo, cast.sam):
            fan.until("PUT", "/v1/profiles/portfolio/{id}/like", of={"id": item})
    album = {"name": "Plants", "public": True, "itemIds": items[:3]}
    ari.send("POST", "/v1/profiles/me/albums", album)
    note = {"text": "Skin takes black well. Left-handed: prefers mornings and peppermint tea."}
    ari.until("POST", "/v1/profiles/clients/{id}/notes", note, of={"id": cleo.id})
    value = {"type": "fixed", "amount": 5000, "currency": "EUR"}
    gift = {"name": "50 euros for a next piece", "value": value, "validityDays": 365}
    template = ari.send("POST", "/v1/profiles/voucher-templates", gift)["id"]
    given = {"templateId": template, "clientId": cleo.id}
    ari.until("POST", "/v1/profiles/vouchers", given)
    ari.send("POST", "/v1/profiles/vouchers", {"templateId": template})
    for each, file_id in files:
        pictures.wait_for(each, file_id)
        each.until("PATCH", "/v1/profiles/me", {"avatar": file_id})


def _consult(client: Caller, artist: Caller, subject: str, text: str, version: int) -> None:
    answers = {"place": "Upper arm", "first": False} if version else {}
    body = {
        "artistId": artist.id,
        "subject": subject,
        "description": text,
        "intake": {"version": version, "answers": answers},
    }
    client.until("POST", "/v1/consultations", body)


def _say(*lines: tuple[Caller, Caller, str]) -> None:
    for author, other, text in lines:
        conversation = _open(author, other)
        digest = hashlib.sha256(text.encode()).hexdigest()[:24]
        message = {"clientMessageId": f"demo-{digest}", "type": "text", "content": text}
        path = "/v1/messages/conversations/{id}/messages"
        author.until("POST", path, message, of={"id": conversation})


def _open(person: Caller, other: Caller) -> str:
    body = {"artistId" if other.role == "artist" else "clientId": other.id}
    return str(person.until("POST", "/v1/messages/conversations", body)["id"])


def _at(weekday: int, clock: str, *, weeks: int) -> datetime:
    """Return a time in Berlin on a weekday of one of the next weeks."""
    today = datetime.now(BERLIN).date()
    monday: date = today + timedelta(days=7 * weeks - today.weekday())
    return datetime.combine(
        monday + timedelta(days=weekday), time.fromisoformat(clock), tzinfo=BERLIN
    )


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
