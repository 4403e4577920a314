"""`appointment-confirmation`: it is agreed, and this is when and where."""

from notifications.models import Bodies, EmailBody, PushBody, SmsBody, Variable
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
    "appointment-confirmation",
    kind="confirmation",
    variables=(
        ARTIST,
        SERVICE,
        *WHEN,
        LOCATION,
        Variable("notes", "string", required=False, example="Eat something before."),
    ),
    bodies=Bodies(
        email=EmailBody(
            subject="Confirmed: {{ serviceName }} on " + DAY,
            text="Your appointment with {{ artistName }} is confirmed.\n\n"
            + WHAT_TEXT
            + WHERE_TEXT
            + """\
{%- if notes %}

{{ notes }}
{%- endif %}
""",
            html=heading("Your appointment is confirmed")
            + WHEN_HTML
            + "<p><strong>{{ serviceName }}</strong> with {{ artistName }}</p>"
            + WHERE_HTML
            + "{% if notes %}<p>{{ notes | newline_to_br }}</p>{% endif %}",
        ),
        sms=SmsBody(
            text="Confirmed: {{ serviceName }} with {{ artistName }}, "
            + SHORT_TIME
            + " ({{ timeZone }}){% if location %}, {{ location }}{% endif %}."
        ),
        push=PushBody(
            title="Appointment confirmed",
            body="{{ serviceName }} with {{ artistName }}, " + SHORT_TIME,
        ),
    ),
)
