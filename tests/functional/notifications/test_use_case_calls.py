"""What the simulation takes for granted about notifications is what the code does."""

from datetime import UTC, datetime

from notifications import consumers
from shared.events.domain_events import DomainEvent
from tests.functional.notifications.event_data import ARTIST, CLIENT, appointment
from tests.functional.notifications.test_message_notices import written
from tests.functional.notifications.world import NOON, World
from tests.support import use_case_calls


def booked(number: int, **changes: str) -> list[DomainEvent]:
    """Return the events of a booking, which are one message."""
    return [
        DomainEvent(
            id=f"evt_{change}_{number}",
            source="/artist-booking/appointments",
            type=f"appointment.{change}",
            subject=f"apt_{number}",
            time=NOON,
            correlationid="cor_1",
            data=appointment(appointmentId=f"apt_{number}", **changes),
        )
        for change in ("created", "confirmed")
    ]


def test_notifications_call_what_the_simulation_counts(world: World) -> None:
    world.add_contact(ARTIST, name="Mara Voss")
    world.add_contact(CLIENT, name="Ada Byron")
    world.subscribe(world.as_user(CLIENT), "ada")
    client = world.as_user(CLIENT)

    def book(number: int, **changes: str) -> None:
        for event in booked(number, **changes):
            consumers.handle(event, world.now)

    for number in range(10):
        book(number)
    consumers.handle(written(1), world.now)
    world.sweep_reminders()
    for channel in ("email", "email", "push", "push"):
        world.work(channel)
    client.get("/v1/notifications/inbox")
    measured = use_case_calls.measure_all(
        {
            "inbox": lambda: client.get("/v1/notifications/inbox"),
            "notify of a booking": lambda: book(10),
            "notify of a message": lambda: consumers.handle(written(2), world.now),
        }
    )
    for number in range(11, 21):
        book(number, startsAt="2026-07-01T20:00:00Z", endsAt="2026-07-01T22:00:00Z")
    measured["send ten mails"] = use_case_calls.measure(lambda: world.work("email"))
    measured["send ten push messages"] = use_case_calls.measure(lambda: world.work("push"))
    world.sweep_reminders()  # computes when they are due
    world.now = datetime(2026, 6, 30, 20, tzinfo=UTC)
    measured["send ten reminders"] = use_case_calls.measure(world.sweep_reminders)
    use_case_calls.check("notifications", measured)
