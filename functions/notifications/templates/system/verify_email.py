"""`verify-email`: the code that proves an address."""

from notifications.models import Bodies, EmailBody, Variable
from notifications.templates.system.making import shipped

TEMPLATE = shipped(
    "verify-email",
    kind="custom",
    variables=(
        Variable("name", "string", example="Ada"),
        Variable("code", "string", example="123456"),
    ),
    bodies=Bodies(
        email=EmailBody(
            subject="{{ code }} is your confirmation code",
            text="""\
Hello,

somebody who gave the name {{ name }} asked for an account with this address. If it was you,
confirm it with this code:

    {{ code }}

It is good for 15 minutes. Nobody from us will ever ask you for it.

Ignore this mail if it was not you: without the code there will be no account.
""",
            html="""\
<h1 style="font-size: 24px; margin: 0 0 16px">Confirm your address</h1>
<p>Somebody who gave the name <strong>{{ name }}</strong> asked for an account with this address.
If it was you, confirm it with this code:</p>
<p style="font-size: 32px; font-weight: 700; letter-spacing: 8px; text-align: center;
margin: 24px 0">{{ code }}</p>
<p>It is good for 15 minutes. Nobody from us will ever ask you for it.</p>
<p style="font-size: 14px; opacity: 0.7">Ignore this mail if it was not you: without the code there
will be no account.</p>
""",
        )
    ),
)
