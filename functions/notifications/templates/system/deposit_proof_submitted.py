"""`deposit-proof-submitted`: the client says the deposit is paid; the artist is to look."""

from notifications.models import Bodies, EmailBody, PushBody, SmsBody
from notifications.templates.system.making import AMOUNT, CLIENT, SERVICE, heading, shipped

TEMPLATE = shipped(
    "deposit-proof-submitted",
    kind="custom",
    variables=(CLIENT, SERVICE, AMOUNT),
    bodies=Bodies(
        email=EmailBody(
            subject="Please check: a deposit of {{ amount }} for {{ serviceName }}",
            text="""\
The deposit of {{ amount }} for {{ serviceName }} was paid, according to {{ clientName }}.

Please check whether it has arrived, then confirm or reject it.
""",
            html=heading("Please check a deposit")
            + """\
<p style="font-size: 20px; font-weight: 700; margin: 24px 0">{{ amount }}</p>
<p>for <strong>{{ serviceName }}</strong> was paid, according to {{ clientName }}.</p>
<p>Please check whether it has arrived, then confirm or reject it.</p>
""",
        ),
        sms=SmsBody(
            text="The deposit of {{ amount }} for {{ serviceName }} was paid, according to "
            "{{ clientName }}. Please check, then confirm or reject it."
        ),
        push=PushBody(
            title="Please check a deposit",
            body="{{ amount }} for {{ serviceName }} from {{ clientName }}",
        ),
    ),
)
