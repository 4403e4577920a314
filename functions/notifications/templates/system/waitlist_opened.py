"""`waitlist-opened`: a slot was freed, and all who wait are told."""

from notifications.models import Bodies, EmailBody, PushBody, SmsBody
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
    "waitlist-opened",
    kind="custom",
    variables=(ARTIST, SERVICE, *WHEN),
    bodies=Bodies(
        email=EmailBody(
            subject="Free again: {{ serviceName }} on " + DAY,
            text="A time you were waiting for is free with {{ artistName }}.\n\n"
            + WHAT_TEXT
            + """
All who wait for it hear of it now; it goes to whoever books first.
""",
            html=heading("A time is free again")
            + WHEN_HTML
            + """\
<p><strong>{{ serviceName }}</strong> with {{ artistName }}</p>
<p>All who wait for it hear of it now; it goes to whoever books first.</p>
""",
        ),
        sms=SmsBody(
            text="Free again: {{ serviceName }} with {{ artistName }}, "
            + SHORT_TIME
            + " ({{ timeZone }}). It goes to whoever books first."
        ),
        push=PushBody(
            title="A time is free again",
            body="{{ serviceName }} with {{ artistName }}, " + SHORT_TIME,
        ),
    ),
)
