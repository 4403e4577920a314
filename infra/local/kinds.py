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
