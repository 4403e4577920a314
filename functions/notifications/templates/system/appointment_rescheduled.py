"""`appointment-rescheduled`: it takes place at another time; the other side is told."""

from notifications.models import Bodies, EmailBody, PushBody, SmsBody, Variable
from notifications.templates.system.making import (
    DAY,
    FEE,
    FEE_HTML,
    FEE_TEXT,
    LOCATION,
    OTHER,
    SERVICE,
    SHORT_TIME,
    WHEN,
    WHEN_HTML,
    WHERE_HTML,
    WHERE_TEXT,
    heading,
    shipped,
)

TEMPLATE = shipped(
    "appointment-rescheduled",
    kind="custom",
    variables=(
        OTHER,
        SERVICE,
        *WHEN,
        Variable("previousStartsAt", "date", example="2030-01-24T14:30:00+11:00"),
        Variable("isPending", "boolean", example=True),
        LOCATION,
        FEE,
    ),
    bodies=Bodies(
        email=EmailBody(
            subject="Moved to " + DAY + ": {{ serviceName }}",
            text="""\
Your appointment with {{ otherName }} was moved.

What:   {{ serviceName }}
Before: {{ previousStartsAt | date: "%A, %-d %B %Y, %H:%M" }} ({{ timeZone }})
Now:    {{ startsAt | date: "%A, %-d %B %Y, %H:%M" }} ({{ timeZone }})
"""
            + WHERE_TEXT
            + """\
{%- if isPending %}

It is not confirmed yet.
{%- endif %}
"""
            + FEE_TEXT,
            html=heading("Your appointment was moved")
            + WHEN_HTML
            + """\
<p>Before: {{ previousStartsAt | date: "%A, %-d %B %Y, %H:%M" }}</p>
<p><strong>{{ serviceName }}</strong> with {{ otherName }}</p>
"""
            + WHERE_HTML
            + "{% if isPending %}<p>It is not confirmed yet.</p>{% endif %}"
            + FEE_HTML,
        ),
        sms=SmsBody(
            text="Moved: {{ serviceName }} with {{ otherName }}, "
            'from {{ previousStartsAt | date: "%a %-d %b %Y, %H:%M" }} to '
            + SHORT_TIME
            + " ({{ timeZone }})."
            "{% if isPending %} It is not confirmed yet.{% endif %}"
            "{% if fee %} Fee for the client: {{ fee }}.{% endif %}"
        ),
        push=PushBody(
            title="Appointment moved",
            body="{{ serviceName }} with {{ otherName }}, now " + SHORT_TIME,
        ),
    ),
)
