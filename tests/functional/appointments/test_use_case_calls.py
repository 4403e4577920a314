"""What the simulation takes for granted about appointments is what the code does."""

from functools import partial

from appointments import store
from appointments.use_cases import external_calendars
from policies import consumers as policies
from profiles import consumers as profiles
from shared.platform import clock
from social import consumers as social
from tests.functional.appointments.people import ARTIST, People
from tests.functional.appointments.test_aws_calls import fill_month
from tests.functional.appointments.test_capacity import (
    TYPICAL,
    consume,
    list_messages,
    relay_messages,
)
from tests.functional.appointments.test_external_calendars import ExternalServer, add, server
from tests.support import use_case_calls

__all__ = ["server"]

PATH = "/v1/appointments"
CONSUMERS = {"policies": policies, "profiles": profiles, "social": social}


def test_appointments_call_what_the_simulation_counts(people: People) -> None:
    people.set_hours()
    service_id = people.create_service(**TYPICAL)
    full = fill_month(people)
    people.get_slots(service_id)  # opens the windows of the rate limits
    booked = people.book(service_id, "2026-03-16T08:00:00Z")["id"]
    for consumer in CONSUMERS.values():  # a client's first booking costs more
        consume(consumer, list_messages()[-1])
    relay_messages()
    month = {"from_": "2026-03-02", "to": "2026-04-01", "limit": 1000}
    measured = use_case_calls.measure_all(
        {
            "services": lambda: people.nobody.get(f"{PATH}/services?artistId={ARTIST}"),
            "slots": lambda: people.get_slots(full, **month),
            "book": lambda: people.book(service_id, "2026-03-17T11:00:00Z"),
        }
    )
    message = list_messages()[-1]
    consumed = {
        name: use_case_calls.measure(partial(consume, consumer, message))
        for name, consumer in CONSUMERS.items()
    }
    measured |= use_case_calls.measure_all(
        {
            "relay": relay_messages,
            "book what is taken": lambda: people.try_book(service_id, "2026-03-17T11:00:00Z"),
            "list": lambda: people.client.get(PATH),
            "cancel": lambda: people.client.post(f"{PATH}/{booked}/cancel"),
        }
    )
    use_case_calls.check("appointments", measured)
    use_case_calls.check("consumers of a booking", consumed)


def test_reading_a_calendar_calls_what_the_simulation_counts(
    people: People, server: ExternalServer
) -> None:
    """It is handed to the worker, which finds it as it was."""
    people.set_hours()
    add(people, server)
    (calendar,) = store.list_external_calendars(ARTIST)

    def read() -> None:
        external_calendars.enqueue_refresh(calendar, clock.now())
        server.run_worker()

    use_case_calls.check("external calendars", {"read": use_case_calls.measure(read)})
