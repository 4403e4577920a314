"""What users of the simulated day do: assumptions, each with its reason.

What a use case calls is measured, and what AWS and the code take at most is known. This alone is
assumed; change it to play another day.
"""

from dataclasses import dataclass

from infra import features  # noqa: F401  # where the features are
from notifications.models.settings import ReminderSettings


@dataclass(frozen=True)
class Zone:
    """Users of a time zone: hours from UTC, and their share."""

    offset: float
    share: float


ZONES = (
    Zone(-8, 0.10),
    Zone(-5, 0.25),
    Zone(0, 0.10),
    Zone(1, 0.35),
    Zone(5.5, 0.10),
    Zone(9, 0.10),
)
# Of those who come, by hour of their own day: noon and the evening are the busiest.
HOURS = (
    *(0.8, 0.4, 0.2, 0.2, 0.3, 0.6, 1.2, 2.4, 3.6, 4.4, 4.8, 5.2),
    *(6.4, 6.0, 5.2, 5.0, 5.2, 5.8, 7.0, 8.4, 9.2, 8.4, 6.0, 3.3),
)

BOOK, TAKEN = "appointments: book", "appointments: book what is taken"
SLOTS = "appointments: slots"
SEND, DELIVER = "messaging: send", "messaging: deliver"
CANCEL = "appointments: cancel"
# Requests of a user on a day. The web example opens a page with eight; most users are signed in.
RATES = {
    "auth: sign in": 0.2,
    "auth: refresh": 2.0,
    "auth: me": 1.0,
    "auth: sign out": 0.05,
    "profiles: search": 0.8,
    "profiles: artist page": 1.5,
    "profiles: portfolio": 1.0,
    "appointments: services": 1.0,
    SLOTS: 1.0,
    BOOK: 0.05,
    TAKEN: 0.002,
    "appointments: list": 1.0,
    CANCEL: 0.004,
    "messaging: conversations": 1.0,
    "messaging: page": 1.5,
    "messaging: connect": 1.0,
    SEND: 1.0,
    "notifications: inbox": 1.0,
}

# Popularity of the artist of rank k is 1/k^0.8: of 100,000 artists, the first has 2 %.
ZIPF_EXPONENT = 0.8
# A search reads all changes that are not sealed, consistently: half of what is sealed, 24 kB.
SEARCH_READ_UNITS = 6

# One artist announces new dates: two users in a hundred come, half of them in the first minute.
SALE_SHARE = 0.02
SALE_HOUR = 18
SALE_MINUTES = 10
SALE_SLOTS = 30
SALE_RATES = {
    "profiles: artist page": 1.0,
    "appointments: services": 1.0,
    SLOTS: 3.0,
}

# A conversation in which two programs write to each other.
THREAD_MESSAGES = 20_000
THREAD_MINUTES = 120

# As many appointments end on a day as are booked. Each has a reminder, a message after it and the
# request of a review at the time of day of the appointment, and aftercare at nine, for as many days
# as an artist who sets nothing has it.
APPOINTMENT_HOURS = range(9, 19)
MORNING = ReminderSettings().aftercare.hour
MESSAGES_AT_NINE = ReminderSettings().aftercare.days
MESSAGES_ON_THE_HOUR = 3

# Of artists, those who have the calendar of another program read. Its server takes a while.
CALENDARS_PER_ARTIST = 0.3
CALENDAR_MINUTES = 30
CALENDAR_SECONDS = 0.5
# One mail and one push message for each notice.
SMTP_SECONDS_PER_BATCH = 0.3
PUSH_SECONDS_PER_BATCH = 0.3

# What a call takes, in seconds: milliseconds for DynamoDB and MongoDB in the same region, twice for
# transactions, more for services with HTTP endpoints of their own.
SECONDS = {
    "dynamodb": 0.005,
    "dynamodb:TransactWriteItems": 0.012,
    "mongodb": 0.003,
    "sqs": 0.010,
    "sns": 0.020,
    "kms": 0.010,
}
CPU_SECONDS = 0.010  # of a request or a message, with 512 MiB
BATCHED_CPU_SECONDS = 0.003  # of each of ten that share a batch
HASH_SECONDS = 0.050  # of a password, see docs/performance.md
