"""Address of the web example, if it can work there: `make web`."""

from infra.environments import ENVIRONMENTS
from infra.local import services
from infra.local.settings import ENVIRONMENT, Settings, StackError


def address(settings: Settings, port: int) -> str:
    """Return the address under which the API allows the web example.

    Raises:
        StackError: The API does not allow this port, or there is no running stack.
    """
    wanted = f"http://localhost:{port}"
    allowed = ENVIRONMENTS[ENVIRONMENT].allowed_origins
    if wanted not in allowed:
        raise StackError(
            f"The API refuses requests from {wanted}. It allows {', '.join(allowed)}; "
            "allowed_origins in infra/environments.py can hold more."
        )
    if not settings.stack_file.exists() or not services.is_running(settings):
        raise StackError(
            f"There is no running stack for the web example. First: {settings.command}"
        )
    return wanted
