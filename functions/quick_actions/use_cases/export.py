"""The share of quick_actions in the export of a user's data."""

from quick_actions.store import actions, executions

PAGE_SIZE = 100
MAX_EXECUTIONS = 10_000  # the newest ones


def gather(user_id: str) -> dict[str, object]:
    """Return what is stored about a user, by kind."""
    executed: list[object] = []
    after: str | None = None
    while len(executed) < MAX_EXECUTIONS:
        page, after = executions.list_executions(user_id, after, PAGE_SIZE)
        executed += page
        if after is None:
            break
    return {"actions": actions.get_actions(user_id), "executions": executed}
