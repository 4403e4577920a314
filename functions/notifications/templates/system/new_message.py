"""`new-message`: somebody wrote in a conversation. What they wrote is not in it."""

from notifications.models import Bodies, PushBody, Variable
from notifications.templates.system.making import shipped

TEMPLATE = shipped(
    "new-message",
    kind="custom",
    variables=(Variable("senderName", "string", example="Robin"),),
    bodies=Bodies(
        push=PushBody(
            title="{{ senderName }} sent you a message",
            body="Open the conversation to read it.",
        )
    ),
)
