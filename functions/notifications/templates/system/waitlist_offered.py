"""`waitlist-offered`: a freed slot is kept for the first in line."""

from notifications.models import Bodies, EmailBody, PushBody, SmsBody, Variable
from notifications.templates.system.making import (
    ARTIST,
    DAY,
    SERVICE,
    SHORT_TIME,
    WHAT_TEXT,
    WHEN,
    WHEN_HTML,
    heading,
    shipped,
)

TEMPLATE = shipped(
    "waitlist-offered",
    kind="custom",
    variables=(
        ARTIST,
        SERVICE,
        *WHEN,
        Variable("answerUntil", "date", example="2030-01-30T16:30:00+11:00"),
    ),
    bodies=Bodies(
        email=EmailBody(
            subject="Kept for you: {{ serviceName }} on " + DAY,
            text="A time you were waiting for is free with {{ artistName }}.\n\n"
            + WHAT_TEXT
            + """
It is kept for you until {{ answerUntil | date: "%A, %-d %B %Y, %H:%M" }}. Book it by then, or it
goes to the next in line.
""",
            html=heading("A time is free, and kept for you")
            + WHEN_HTML
            + """\
<p><strong>{{ serviceName }}</strong> with {{ artistName }}</p>
<p>It is kept for you until <strong>{{ answerUntil | date: "%A, %-d %B %Y, %H:%M" }}</strong>.
Book it by then, or it goes to the next in line.</p>
""",
        ),
        sms=SmsBody(
            text="Kept for you: {{ serviceName }} with {{ artistName }}, "
            + SHORT_TIME
            + ' ({{ timeZone }}). Book it by {{ answerUntil | date: "%a %-d %b, %H:%M" }}.'
        ),
        push=PushBody(
            title="A time is free, and kept for you",
            body="{{ serviceName }} with {{ artistName }}, "
            + SHORT_TIME
            + '. Book it by {{ answerUntil | date: "%a %-d %b, %H:%M" }}.',
        ),
    ),
)
