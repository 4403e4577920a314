"""Data of the events of other features, and the notifications of them."""

from typing import Any

from notifications.models import Channel, Delivery, EmailContent, PushContent, SmsContent
from tests.functional.notifications.world import World

ARTIST, CLIENT = "usr_mara", "usr_ada"
EUROS = {"amount": 30_000, "currency": "EUR"}


def appointment(**changes: Any) -> dict[str, Any]:
    """Build the data of an appointment that a client booked; it is summer in Berlin."""
    return {
        "appointmentId": "apt_1",
        "artistId": ARTIST,
        "clientId": CLIENT,
        "serviceId": "svc_1",
        "serviceName": "Half sleeve",
        "location": "1 Main Street",
        "startsAt": "2026-07-02T07:30:00Z",
        "endsAt": "2026-07-02T09:30:00Z",
        "timeZone": "Europe/Berlin",
        "status": "confirmed",
        "price": EUROS,
        "by": "client",
        "proposalId": None,
        "sequence": 0,
        "recordVersion": 1,
        # Of those events that have them.
        "reason": "",
        "fee": 0,
        "explanation": "",
        "policy": None,
        "policyNumber": None,
        "previousStatus": "no_show",
        "previousStartsAt": "2026-06-30T07:30:00Z",
        "previousEndsAt": "2026-06-30T09:30:00Z",
    } | changes


def deposit(**changes: Any) -> dict[str, Any]:
    """Build the data of the deposit of that appointment."""
    return {
        "appointmentId": "apt_1",
        "artistId": ARTIST,
        "clientId": CLIENT,
        "serviceName": "Half sleeve",
        "amount": 5_000,
        "currency": "EUR",
        "state": "requested",
        "by": "client",
        "recordVersion": 1,
        # Of those events that have them.
        "dueAt": "2026-03-04T12:00:00Z",
        "timeZone": "Europe/Berlin",
        "releases": True,
        "released": False,
    } | changes


def charge(**changes: Any) -> dict[str, Any]:
    """Build the data of a charge for a late move of that appointment."""
    return {
        "appointmentId": "apt_1",
        "artistId": ARTIST,
        "clientId": CLIENT,
        "serviceName": "Half sleeve",
        "number": 1,
        "action": "reschedule",
        "kind": "waived",
        "amount": 6_000,
        "due": 0,
        "currency": "EUR",
        "by": "artist",
        "note": "The train was late.",
        "recordVersion": 3,
    } | changes


def proposal(**changes: Any) -> dict[str, Any]:
    """Build the data of a proposal of two sittings, before and after the end of summer time."""
    return {
        "proposalId": "prp_1",
        "artistId": ARTIST,
        "clientId": CLIENT,
        "serviceId": "svc_1",
        "serviceName": "Back piece",
        "startsAt": ["2026-10-22T08:00:00Z", "2026-10-29T09:00:00Z"],
        "timeZone": "Europe/Berlin",
        "total": {"amount": 60_000, "currency": "EUR"},
        "expiresAt": "2026-03-09T12:00:00Z",
        "appointmentIds": ["apt_1", "apt_2"],
        "recordVersion": 1,
    } | changes


def waiting(**changes: Any) -> dict[str, Any]:
    """Build the data of a client on a waitlist."""
    return {
        "waitlistId": "wtl_1",
        "artistId": ARTIST,
        "clientId": CLIENT,
        "serviceId": "svc_1",
        "serviceName": "Half sleeve",
        "startsAt": "2026-07-02T07:30:00Z",
        "endsAt": "2026-07-02T09:30:00Z",
        "timeZone": "Europe/Berlin",
        "holdId": "hld_1",
        "answerUntil": "2026-03-02T14:00:00Z",
        "recordVersion": 2,
    } | changes


def consultation(**changes: Any) -> dict[str, Any]:
    """Build the data of a consultation."""
    return {
        "consultationId": "cns_1",
        "artistId": ARTIST,
        "clientId": CLIENT,
        "subject": "A swallow",
        "status": "pending",
        "by": "client",
        "files": [],
        "recordVersion": 1,
    } | changes


def external_calendar(**changes: Any) -> dict[str, Any]:
    """Build the data of an external calendar that cannot be read."""
    return {
        "calendarId": "cal_1",
        "artistId": ARTIST,
        "name": "Family",
        "problem": "The server took too long to answer.",
        "failingSince": "2026-03-02T08:30:00Z",
        "timeZone": "Europe/Berlin",
        "recordVersion": 4,
    } | changes


def changed_elsewhere(**changes: Any) -> dict[str, Any]:
    """Build the data of an appointment that was moved in its artist's calendar."""
    return {
        "appointmentId": "apt_1",
        "accountId": "sac_1",
        "artistId": ARTIST,
        "calendarName": "Work",
        "serviceName": "Small tattoo",
        "change": "moved",
        "startsAt": "2026-03-05T13:00:00Z",
        "endsAt": "2026-03-05T14:00:00Z",
        "bookedStartsAt": "2026-03-05T09:00:00Z",
        "timeZone": "Europe/Berlin",
        "recordVersion": 4,
    } | changes


ALL: dict[str, dict[str, Any]] = {
    "appointment.created": appointment(),
    "appointment.confirmed": appointment(),
    "appointment.declined": appointment(by="artist", status="declined", recordVersion=2),
    "appointment.rescheduled": appointment(recordVersion=2),
    "appointment.cancelled": appointment(status="cancelled", recordVersion=2),
    "appointment.expired": appointment(by="system", status="expired", recordVersion=2),
    "appointment.completed": appointment(by="artist", status="completed", recordVersion=2),
    "appointment.no_show": appointment(by="artist", status="no_show", recordVersion=2),
    "appointment.corrected": appointment(by="artist", recordVersion=3),
    "deposit.requested": deposit(),
    "deposit.proof_submitted": deposit(state="proof_submitted", recordVersion=2),
    "deposit.confirmed": deposit(state="confirmed", by="artist", recordVersion=3),
    "deposit.rejected": deposit(state="rejected", by="artist", recordVersion=3),
    "deposit.refunded": deposit(state="refunded", by="artist", recordVersion=4),
    "deposit.forfeited": deposit(state="forfeited", recordVersion=4),
    "deposit.waived": deposit(state="waived", by="artist", recordVersion=3),
    "deposit.due_soon": deposit(by="system", recordVersion=2),
    "deposit.overdue": deposit(state="overdue", by="system", recordVersion=3),
    "charge.paid": charge(kind="paid"),
    "charge.settled": charge(kind="settled"),
    "charge.waived": charge(),
    "charge.refunded": charge(kind="refunded"),
    "proposal.sent": proposal(),
    "proposal.accepted": proposal(recordVersion=2),
    "proposal.declined": proposal(recordVersion=2),
    "proposal.withdrawn": proposal(recordVersion=2),
    "proposal.expired": proposal(recordVersion=2),
    "consultation.requested": consultation(),
    "consultation.nudged": consultation(by="system", recordVersion=2),
    "consultation.declined": consultation(
        by="artist", status="declined", reason="No hands.", recordVersion=2
    ),
    "consultation.cancelled": consultation(status="cancelled", reason="", recordVersion=2),
    "consultation.expired": consultation(by="system", status="expired", recordVersion=2),
    "waitlist.offered": waiting(),
    "waitlist.opened": waiting(),
    "external_calendar.failed": external_calendar(),
    "social_calendar.booking_changed_elsewhere": changed_elsewhere(),
}


def notified(world: World) -> list[tuple[str | None, str]]:
    """List the recipients and templates of the mails, in order."""
    return [
        (delivery.recipient_id, delivery.template.name)
        for delivery in world.deliveries()
        if delivery.channel is Channel.EMAIL and delivery.template is not None
    ]


def mail(world: World, to: str) -> EmailContent:
    """Return the only mail to a user."""
    content = _only(world, to, Channel.EMAIL).content
    assert isinstance(content, EmailContent)
    return content


def sms(world: World, to: str) -> SmsContent:
    """Return the only SMS to a user."""
    content = _only(world, to, Channel.SMS).content
    assert isinstance(content, SmsContent)
    return content


def push(world: World, to: str) -> PushContent:
    """Return the only push message to a user."""
    content = _only(world, to, Channel.PUSH).content
    assert isinstance(content, PushContent)
    return content


def _only(world: World, to: str, channel: Channel) -> Delivery:
    (delivery,) = (
        delivery
        for delivery in world.deliveries()
        if (delivery.recipient_id, delivery.channel) == (to, channel)
    )
    return delivery
