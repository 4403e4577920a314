"""The actions every artist has. They are not edited, only hidden and put elsewhere in the row."""

from quick_actions.models import Action, Kind

ACTIONS = (
    Action(
        "sys_find_availability",
        "Find a date",
        Kind.FIND_AVAILABILITY,
        ("Hi {{client.first_name}}, here are my free times: {{booking_page}}",),
    ),
    Action(
        "sys_deposit_info",
        "About the deposit",
        Kind.DEPOSIT_INFO,
        ("A deposit secures your booking: {{deposit}}",),
    ),
    Action("sys_policy", "Cancelling", Kind.POLICY, ("Should you cancel: {{cancellation}}",)),
    Action("sys_price_list", "Prices", Kind.PRICE_LIST, ("This is what I offer:\n{{price_list}}",)),
)
BY_ID = {action.id: action for action in ACTIONS}
