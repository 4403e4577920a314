"""`proposal-accepted`: the client took it and all is booked; the artist is told."""

from notifications.models import Bodies, EmailBody, PushBody, SmsBody
from notifications.templates.system.making import (
    CLIENT,
    DATES,
    DATES_HTML,
    SERVICE,
    heading,
    shipped,
)

TEMPLATE = shipped(
    "proposal-accepted",
    kind="custom",
    variables=(CLIENT, SERVICE, *DATES),
    bodies=Bodies(
        email=EmailBody(
            subject="Proposal accepted: {{ serviceName }}",
            text="""\
Your proposal was accepted by {{ clientName }}. All its dates are booked.

What:   {{ serviceName }}
Total:  {{ total }}

The dates ({{ timeZone }}):

{{ dates }}
""",
            html=heading("Your proposal was accepted")
            + "<p><strong>{{ serviceName }}</strong> for {{ clientName }}</p>"
            + DATES_HTML
            + "<p>All its dates are booked.</p>",
        ),
        sms=SmsBody(
            text="Your proposal was accepted by {{ clientName }}: {{ serviceName }}, "
            "{% if sittings == 1 %}one sitting{% else %}{{ sittings }} sittings{% endif %}, "
            "{{ total }}."
        ),
        push=PushBody(
            title="Proposal accepted",
            body="{{ serviceName }} for {{ clientName }}, {{ total }}",
        ),
    ),
)
