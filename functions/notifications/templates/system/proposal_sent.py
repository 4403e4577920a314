"""`proposal-sent`: the artist proposes dates for a project; the client is to answer."""

from notifications.models import Bodies, EmailBody, PushBody, SmsBody, Variable
from notifications.templates.system.making import (
    ARTIST,
    DATES,
    DATES_HTML,
    SERVICE,
    heading,
    shipped,
)

TEMPLATE = shipped(
    "proposal-sent",
    kind="custom",
    variables=(
        ARTIST,
        SERVICE,
        *DATES,
        Variable("answerUntil", "date", example="2030-01-10T14:30:00+11:00"),
    ),
    bodies=Bodies(
        email=EmailBody(
            subject="A proposal for you: {{ serviceName }}",
            text="""\
You have a proposal from {{ artistName }}.

What:   {{ serviceName }}
Total:  {{ total }}

The dates ({{ timeZone }}):

{{ dates }}

They are kept free for you until {{ answerUntil | date: "%A, %-d %B %Y, %H:%M" }}. Please accept or
decline by then.
""",
            html=heading("A proposal for you")
            + "<p><strong>{{ serviceName }}</strong> with {{ artistName }}</p>"
            + DATES_HTML
            + """\
<p>They are kept free for you until
<strong>{{ answerUntil | date: "%A, %-d %B %Y, %H:%M" }}</strong>. Please accept or decline by
then.</p>
""",
        ),
        sms=SmsBody(
            text="A proposal from {{ artistName }}: {{ serviceName }}, "
            "{% if sittings == 1 %}one sitting{% else %}{{ sittings }} sittings{% endif %}, "
            "{{ total }}. Please answer by "
            '{{ answerUntil | date: "%a %-d %b %Y, %H:%M" }} ({{ timeZone }}).'
        ),
        push=PushBody(
            title="A proposal for you",
            body="{{ serviceName }} with {{ artistName }}, {{ total }}. Please answer by "
            '{{ answerUntil | date: "%a %-d %b %Y, %H:%M" }}.',
        ),
    ),
)
