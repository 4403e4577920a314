"""`appointment-declined`: the artist does not take it; the client is told."""

from notifications.models import Bodies, EmailBody, PushBody, SmsBody
from notifications.templates.system.making import (
    ARTIST,
    DAY,
    REASON,
    REASON_HTML,
    REASON_TEXT,
    SERVICE,
    SHORT_TIME,
    WHAT_TEXT,
    WHEN,
    WHEN_HTML,
    heading,
    shipped,
)

TEMPLATE = shipped(
    "appointment-declined",
    kind="custom",
    variables=(ARTIST, SERVICE, *WHEN, REASON),
    bodies=Bodies(
        email=EmailBody(
            subject="Declined: {{ serviceName }} on " + DAY,
            text="Unfortunately, your request was declined by {{ artistName }}.\n\n"
            + WHAT_TEXT
            + "\nNothing is booked.\n"
            + REASON_TEXT,
            html=heading("Your request was declined")
            + WHEN_HTML
            + "<p><strong>{{ serviceName }}</strong> with {{ artistName }}</p>"
            + "<p>Nothing is booked.</p>"
            + REASON_HTML,
        ),
        sms=SmsBody(
            text="Unfortunately, {{ serviceName }} on "
            + SHORT_TIME
            + " ({{ timeZone }}) was declined by {{ artistName }}. Nothing is booked."
        ),
        push=PushBody(
            title="Request declined", body="{{ serviceName }} with {{ artistName }}, " + SHORT_TIME
        ),
    ),
)
