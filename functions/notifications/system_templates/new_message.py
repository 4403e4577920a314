"""`new-message`: somebody wrote in a conversation. What they wrote is not in it."""

from notifications.records import Bodies, PushBody, Variable
from notifications.system_templates.making import shipped

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
