"""`deposit-requested`: a deposit is due; the client is to pay."""

from notifications.models import Bodies, EmailBody, PushBody, SmsBody
from notifications.templates.system.making import AMOUNT, ARTIST, SERVICE, heading, shipped

TEMPLATE = shipped(
    "deposit-requested",
    kind="custom",
    variables=(ARTIST, SERVICE, AMOUNT),
    bodies=Bodies(
        email=EmailBody(
            subject="Please pay a deposit of {{ amount }} for {{ serviceName }}",
            text="""\
A deposit of {{ amount }} is due for {{ serviceName }} with {{ artistName }}.

Your appointment shows how to pay it. Once you have paid, please say so there, with a proof.
""",
            html=heading("A deposit is due")
            + """\
<p style="font-size: 20px; font-weight: 700; margin: 24px 0">{{ amount }}</p>
<p>for <strong>{{ serviceName }}</strong> with {{ artistName }}</p>
<p>Your appointment shows how to pay it. Once you have paid, please say so there, with a proof.</p>
""",
        ),
        sms=SmsBody(
            text="A deposit of {{ amount }} is due for {{ serviceName }} with {{ artistName }}. "
            "Your appointment shows how to pay it."
        ),
        push=PushBody(
            title="A deposit is due",
            body="{{ amount }} for {{ serviceName }} with {{ artistName }}",
        ),
    ),
)
