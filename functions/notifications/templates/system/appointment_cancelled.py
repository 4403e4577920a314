"""`appointment-cancelled`: it does not take place; the other side is told."""

from notifications.models import Bodies, EmailBody, PushBody, SmsBody
from notifications.templates.system.making import (
    DAY,
    FEE,
    FEE_HTML,
    FEE_TEXT,
    OTHER,
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
    "appointment-cancelled",
    kind="custom",
    variables=(OTHER, SERVICE, *WHEN, FEE, REASON),
    bodies=Bodies(
        email=EmailBody(
            subject="Cancelled: {{ serviceName }} on " + DAY,
            text="Your appointment with {{ otherName }} was cancelled. It does not take place.\n\n"
            + WHAT_TEXT
            + FEE_TEXT
            + REASON_TEXT,
            html=heading("Your appointment was cancelled")
            + WHEN_HTML
            + "<p><strong>{{ serviceName }}</strong> with {{ otherName }}</p>"
            + "<p>It does not take place.</p>"
            + FEE_HTML
            + REASON_HTML,
        ),
        sms=SmsBody(
            text="Cancelled: {{ serviceName }} with {{ otherName }}, "
            + SHORT_TIME
            + " ({{ timeZone }})."
            "{% if fee %} Fee for the client: {{ fee }}.{% endif %}"
            "{% if reason %} The reason given: {{ reason | truncate: 200 }}{% endif %}"
        ),
        push=PushBody(
            title="Appointment cancelled",
            body="{{ serviceName }} with {{ otherName }}, " + SHORT_TIME,
        ),
    ),
)
