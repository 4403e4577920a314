"""`booking-request`: a client asks for an appointment; the artist is to answer."""

from notifications.models import Bodies, EmailBody, PushBody, SmsBody
from notifications.templates.system.making import (
    CLIENT,
    DAY,
    LOCATION,
    SERVICE,
    SHORT_TIME,
    WHAT_TEXT,
    WHEN,
    WHEN_HTML,
    WHERE_HTML,
    WHERE_TEXT,
    heading,
    shipped,
)

TEMPLATE = shipped(
    "booking-request",
    kind="custom",
    variables=(CLIENT, SERVICE, *WHEN, LOCATION),
    bodies=Bodies(
        email=EmailBody(
            subject="Please answer: {{ serviceName }} on " + DAY,
            text="You have a booking request from {{ clientName }}.\n\n"
            + WHAT_TEXT
            + WHERE_TEXT
            + """
Please confirm or decline it. The time is kept free while it waits for your answer; without one the
request expires.
""",
            html=heading("A booking request waits for you")
            + WHEN_HTML
            + "<p><strong>{{ serviceName }}</strong> for {{ clientName }}</p>"
            + WHERE_HTML
            + """\
<p>Please confirm or decline it. The time is kept free while it waits for your answer; without one
the request expires.</p>
""",
        ),
        sms=SmsBody(
            text="Booking request from {{ clientName }}: {{ serviceName }}, "
            + SHORT_TIME
            + " ({{ timeZone }}). Please confirm or decline it."
        ),
        push=PushBody(
            title="Booking request",
            body="{{ serviceName }} for {{ clientName }}, " + SHORT_TIME + ". Please answer.",
        ),
    ),
)
