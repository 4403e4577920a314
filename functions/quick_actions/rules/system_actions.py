"""System actions, which every artist has. They can be disabled and reordered, but not edited."""

from quick_actions.models import QuickAction, QuickActionKind

ACTIONS = (
    QuickAction(
        "sys_find_availability",
        "Find a date",
        QuickActionKind.FIND_AVAILABILITY,
        ("Hi {{client.first_name}}, here are my free times: {{booking_page}}",),
    ),
    QuickAction(
        "sys_deposit_info",
        "About the deposit",
        QuickActionKind.DEPOSIT_INFO,
        ("This is the deposit that secures a booking:\n{{deposit}}",),
    ),
    QuickAction(
        "sys_policy",
        "Cancelling",
        QuickActionKind.POLICY,
        ("This is what it costs to cancel:\n{{cancellation}}",),
    ),
    QuickAction(
        "sys_price_list",
        "Prices",
        QuickActionKind.PRICE_LIST,
        ("This is what I offer:\n{{price_list}}",),
    ),
)
BY_ID = {action.id: action for action in ACTIONS}
