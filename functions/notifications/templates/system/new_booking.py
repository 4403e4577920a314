"""`new-booking`: a client booked; the artist is told."""

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
    "new-booking",
    kind="custom",
    variables=(CLIENT, SERVICE, *WHEN, LOCATION),
    bodies=Bodies(
        email=EmailBody(
            subject="New booking: {{ serviceName }} on " + DAY,
            text="You have a new booking from {{ clientName }}.\n\n" + WHAT_TEXT + WHERE_TEXT,
            html=heading("You have a new booking")
            + WHEN_HTML
            + "<p><strong>{{ serviceName }}</strong> for {{ clientName }}</p>"
            + WHERE_HTML,
        ),
        sms=SmsBody(
            text="New booking from {{ clientName }}: {{ serviceName }}, "
            + SHORT_TIME
            + " ({{ timeZone }})."
        ),
        push=PushBody(
            title="New booking", body="{{ serviceName }} for {{ clientName }}, " + SHORT_TIME
        ),
    ),
)
