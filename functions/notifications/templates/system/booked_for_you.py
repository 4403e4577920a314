"""`booked-for-you`: the artist booked for a client, who is told."""

from notifications.models import Bodies, EmailBody, PushBody, SmsBody
from notifications.templates.system.making import (
    ARTIST,
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
    "booked-for-you",
    kind="confirmation",
    variables=(ARTIST, SERVICE, *WHEN, LOCATION),
    bodies=Bodies(
        email=EmailBody(
            subject="Booked for you: {{ serviceName }} on " + DAY,
            text="An appointment was booked for you by {{ artistName }}.\n\n"
            + WHAT_TEXT
            + WHERE_TEXT
            + """
If it does not suit you, you can move or cancel it.
""",
            html=heading("An appointment was booked for you")
            + WHEN_HTML
            + "<p><strong>{{ serviceName }}</strong> with {{ artistName }}</p>"
            + WHERE_HTML
            + "<p>If it does not suit you, you can move or cancel it.</p>",
        ),
        sms=SmsBody(
            text="Booked for you: {{ serviceName }} with {{ artistName }}, "
            + SHORT_TIME
            + " ({{ timeZone }}){% if location %}, {{ location }}{% endif %}."
        ),
        push=PushBody(
            title="Booked for you", body="{{ serviceName }} with {{ artistName }}, " + SHORT_TIME
        ),
    ),
)
