"""`appointment-expired`: a request was not answered in time; both are told."""

from notifications.models import Bodies, EmailBody, PushBody, SmsBody
from notifications.templates.system.making import (
    DAY,
    OTHER,
    SERVICE,
    SHORT_TIME,
    WHAT_TEXT,
    WHEN,
    WHEN_HTML,
    heading,
    shipped,
)

TEMPLATE = shipped(
    "appointment-expired",
    kind="custom",
    variables=(OTHER, SERVICE, *WHEN),
    bodies=Bodies(
        email=EmailBody(
            subject="Expired: {{ serviceName }} on " + DAY,
            text="The request for this appointment with {{ otherName }} was not answered in time. "
            "Nothing is\nbooked, and the time is free again.\n\n" + WHAT_TEXT,
            html=heading("A booking request expired")
            + WHEN_HTML
            + "<p><strong>{{ serviceName }}</strong> with {{ otherName }}</p>"
            + "<p>The request was not answered in time. Nothing is booked, and the time is free "
            "again.</p>",
        ),
        sms=SmsBody(
            text="Expired: the request for {{ serviceName }} with {{ otherName }}, "
            + SHORT_TIME
            + " ({{ timeZone }}), was not answered in time. Nothing is booked."
        ),
        push=PushBody(
            title="Booking request expired",
            body="{{ serviceName }} with {{ otherName }}, " + SHORT_TIME,
        ),
    ),
)
