"""`welcome`: the address is proven, the account is open."""

from notifications.models import Bodies, EmailBody, Variable
from notifications.templates.system.making import shipped

TEMPLATE = shipped(
    "welcome",
    kind="custom",
    variables=(Variable("name", "string", example="Ada"),),
    bodies=Bodies(
        email=EmailBody(
            subject="Welcome, {{ name }}",
            text="""\
Hello {{ name }},

your address is confirmed and your account is open. Good to have you here.

Talk to artists, find a time that suits you both, and see everything about your appointments in
one place.
""",
            html="""\
<h1 style="font-size: 24px; margin: 0 0 16px">Welcome, {{ name }}</h1>
<p>Your address is confirmed and your account is open. Good to have you here.</p>
<p>Talk to artists, find a time that suits you both, and see everything about your appointments
in one place.</p>
""",
        )
    ),
)
