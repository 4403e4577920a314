"""`message-not-sent`: what an artist had sent with one tap is not in the conversation."""

from notifications.models import Bodies, PushBody, Variable
from notifications.templates.system.making import shipped

# Why not, from messaging's code.
_WHY = (
    "{% case reason %}"
    "{% when 'blocked' %}One of you blocked the other."
    "{% when 'person_gone' %}The other's account was deleted."
    "{% else %}Open the conversation and write it there."
    "{% endcase %}"
)

TEMPLATE = shipped(
    "message-not-sent",
    kind="custom",
    variables=(Variable("reason", "string", example="blocked"),),
    bodies=Bodies(push=PushBody(title="Your message was not sent", body=_WHY)),
)
