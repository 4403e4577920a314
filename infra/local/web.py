"""Address of the web example, if it can work there: `make web`."""

from infra.local import services
from infra.local.settings import Settings, StackError


def address(settings: Settings, port: int) -> str:
    """Return the address of the web example. The API of a local stack allows every port.

    Raises:
        StackError: There is no running stack.
    """
    if not settings.stack_file.exists() or not services.is_running(settings):
        raise StackError(
            f"There is no running stack for the web example. First: {settings.command}"
        )
    return f"http://localhost:{port}"
