"""How a shipped template is written down, and what several of them say alike."""

from notifications.models import SYSTEM, Bodies, Kind, Template, Variable

SERVICE = Variable("serviceName", "string", example="Small tattoo")
ARTIST = Variable("artistName", "string", example="Ada Ink")
CLIENT = Variable("clientName", "string", example="Robin")
OTHER = Variable("otherName", "string", example="Ada Ink")
LOCATION = Variable("location", "string", required=False, example="1 Main Street")
REASON = Variable("reason", "string", required=False, example="I am ill.")
FEE = Variable("fee", "string", required=False, example="30.00 EUR")
AMOUNT = Variable("amount", "string", example="50.00 EUR")
WHEN = (
    Variable("startsAt", "date", example="2030-01-31T14:30:00+11:00"),
    Variable("timeZone", "string", example="Australia/Sydney"),
)
DATES = (
    Variable("sittings", "number", example=2),
    Variable(
        "dates",
        "string",
        example="Thursday, 31 January 2030, 14:30\nThursday, 7 February 2030, 14:30",
    ),
    WHEN[1],
    Variable("total", "string", example="600.00 EUR"),
)

DAY = '{{ startsAt | date: "%-d %B %Y" }}'
SHORT_TIME = '{{ startsAt | date: "%a %-d %b %Y, %H:%M" }}'
WHAT_TEXT = """\
What:   {{ serviceName }}
When:   {{ startsAt | date: "%A, %-d %B %Y, %H:%M" }} ({{ timeZone }})
"""
WHERE_TEXT = """\
{%- if location %}
Where:  {{ location }}
{%- endif %}
"""
FEE_TEXT = """\
{%- if fee %}

Fee for the client: {{ fee }}
{%- endif %}
"""
# A stranger's words come last, so that they cannot pass for ours.
REASON_TEXT = """\
{%- if reason %}

The reason given:

{{ reason }}
{%- endif %}
"""
WHEN_HTML = """\
<p style="font-size: 20px; font-weight: 700; margin: 24px 0 4px">
{{ startsAt | date: "%A, %-d %B %Y, %H:%M" }}</p>
<p style="font-size: 14px; opacity: 0.7; margin: 0 0 24px">{{ timeZone }}</p>
"""
WHERE_HTML = """\
{% if location %}<p>{{ location }}</p>{% endif %}
"""
FEE_HTML = """\
{% if fee %}<p>Fee for the client: <strong>{{ fee }}</strong></p>{% endif %}
"""
REASON_HTML = """\
{% if reason %}<p style="font-size: 14px; opacity: 0.7; margin: 24px 0 4px">The reason given:</p>
<p>{{ reason | newline_to_br }}</p>{% endif %}
"""
DATES_HTML = """\
<p style="font-size: 20px; font-weight: 700; margin: 24px 0 4px">{{ dates | newline_to_br }}</p>
<p style="font-size: 14px; opacity: 0.7; margin: 0 0 24px">{{ timeZone }}</p>
<p>Total: <strong>{{ total }}</strong></p>
"""


def heading(text: str) -> str:
    """The heading of a mail."""
    return f'<h1 style="font-size: 24px; margin: 0 0 16px">{text}</h1>\n'


def shipped(name: str, *, kind: Kind, variables: tuple[Variable, ...], bodies: Bodies) -> Template:
    """A template of ours: English, version 0, so that an admin's first version is newer."""
    return Template(
        id=f"tpl_{SYSTEM}_{name}",
        owner=SYSTEM,
        name=name,
        locale="en",
        version=0,
        kind=kind,
        variables=variables,
        bodies=bodies,
    )
