"""What a stack on this machine consists of."""

from enum import StrEnum


class Kind(StrEnum):
    """What answers at its AWS endpoint.

    Attributes:
        MINISTACK: MiniStack, whose gaps the deployer closes: it adapts the templates and sets what
            MiniStack drops.
        LOCALSTACK: LocalStack, which gets the templates as they are synthesized, like AWS.
    """

    MINISTACK = "ministack"
    LOCALSTACK = "localstack"


class Runtime(StrEnum):
    """How AWS and MongoDB run. The stand-ins are always a process of this machine.

    Attributes:
        PROCESSES: As processes of this machine.
        CONTAINERS: In the containers of localstack-compose.yml, and the functions too.
    """

    PROCESSES = "processes"
    CONTAINERS = "containers"
