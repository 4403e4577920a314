"""`appointment-confirmation`: it is agreed, and this is when and where."""

from notifications.records import Bodies, EmailBody, PushBody, SmsBody, Variable
from notifications.system_templates.making import shipped

TEMPLATE = shipped(
    "appointment-confirmation",
    kind="confirmation",
    variables=(
        Variable("artistName", "string", example="Ada Ink"),
        Variable("serviceName", "string", example="Small tattoo"),
        Variable("startsAt", "date", example="2030-01-31T14:30:00+11:00"),
        Variable("timeZone", "string", example="Australia/Sydney"),
        Variable("location", "string", required=False, example="1 Main Street"),
        Variable("notes", "string", required=False, example="Eat something before."),
    ),
    bodies=Bodies(
        email=EmailBody(
            subject='Confirmed: {{ serviceName }} on {{ startsAt | date: "%-d %B %Y" }}',
            text="""\
Your appointment with {{ artistName }} is confirmed.

What:   {{ serviceName }}
When:   {{ startsAt | date: "%A, %-d %B %Y, %H:%M" }} ({{ timeZone }})
{%- if location %}
Where:  {{ location }}
{%- endif %}
{%- if notes %}

{{ notes }}
{%- endif %}
""",
            html="""\
<h1 style="font-size: 24px; margin: 0 0 16px">Your appointment is confirmed</h1>
<p style="font-size: 20px; font-weight: 700; margin: 24px 0 4px">
{{ startsAt | date: "%A, %-d %B %Y, %H:%M" }}</p>
<p style="font-size: 14px; opacity: 0.7; margin: 0 0 24px">{{ timeZone }}</p>
<p><strong>{{ serviceName }}</strong> with {{ artistName }}</p>
{% if location %}<p>{{ location }}</p>{% endif %}
{% if notes %}<p>{{ notes | newline_to_br }}</p>{% endif %}
""",
        ),
        sms=SmsBody(
            text="Confirmed: {{ serviceName }} with {{ artistName }}, "
            '{{ startsAt | date: "%a %-d %b %Y, %H:%M" }} ({{ timeZone }})'
            "{% if location %}, {{ location }}{% endif %}."
        ),
        push=PushBody(
            title="Appointment confirmed",
            body="{{ serviceName }} with {{ artistName }}, "
            '{{ startsAt | date: "%a %-d %b %Y, %H:%M" }}',
        ),
    ),
)
