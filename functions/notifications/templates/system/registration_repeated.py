"""`registration-repeated`: somebody tried to register an address that has an account."""

from notifications.models import Bodies, EmailBody, Variable
from notifications.templates.system.making import shipped

TEMPLATE = shipped(
    "registration-repeated",
    kind="custom",
    variables=(Variable("name", "string", example="Ada"),),
    bodies=Bodies(
        email=EmailBody(
            subject="You already have an account",
            text="""\
Hello {{ name }},

somebody tried to open an account with this address, but you have one already. If it was you, just
sign in.

If it was not you, there is nothing to do: your account is unchanged, and whoever it was has not
been told that it exists.
""",
            html="""\
<h1 style="font-size: 24px; margin: 0 0 16px">You already have an account</h1>
<p>Hello {{ name }},</p>
<p>somebody tried to open an account with this address, but you have one already. If it was you,
just sign in.</p>
<p style="font-size: 14px; opacity: 0.7">If it was not you, there is nothing to do: your account is
unchanged, and whoever it was has not been told that it exists.</p>
""",
        )
    ),
)
