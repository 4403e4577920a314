"""Selection of the stacks that are started: `make up STACK=notifications,files`."""

import json
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any

from infra.local.assembly import Stack
from infra.local.settings import StackError

# Nobody can sign in or be answered without them.
ALWAYS = ("foundation", "auth", "gateway")
_PERMISSION = "AWS::Lambda::Permission"


def select(
    stacks: Sequence[Stack], prefix: str, wanted: Collection[str], running: Collection[str]
) -> list[Stack]:
    """Return the stacks to deploy: the wanted ones, what they need, and what runs already.

    Args:
        stacks: All stacks, in the order of their deployment.
        prefix: Prefix of their names.
        wanted: Names without the prefix; all stacks if there are none.
        running: Full names of the stacks that are deployed.

    Raises:
        StackError: There is no stack of a wanted name.
    """
    if not wanted:
        return list(stacks)
    known = [stack.name.removeprefix(prefix) for stack in stacks]
    if unknown := sorted(set(wanted) - set(known)):
        raise StackError(f"There is no stack {', '.join(unknown)}. Known are {', '.join(known)}.")
    names = {f"{prefix}{name}" for name in (*ALWAYS, *wanted)} | set(running)
    left_out = [stack.name for stack in stacks if stack.name not in names]
    return [_without(stack, left_out) for stack in stacks if stack.name in names]


def _without(stack: Stack, left_out: Sequence[str]) -> Stack:
    """Return a stack without permissions on functions that are not deployed.

    Nobody can permit anything on a function that does not exist. Only the gateway has such ones.
    """
    template = stack.template
    resources: dict[str, Any] = template["Resources"]
    dropped = {
        name
        for name, resource in resources.items()
        if resource["Type"] == _PERMISSION
        and any(
            f":{other}-" in json.dumps(resource["Properties"]["FunctionName"]) for other in left_out
        )
    }
    if not dropped:
        return stack
    kept = {
        name: _independent(resource, dropped)
        for name, resource in resources.items()
        if name not in dropped
    }
    return replace(stack, source=json.dumps({**template, "Resources": kept}).encode())


def _independent(resource: dict[str, Any], dropped: Collection[str]) -> dict[str, Any]:
    depends_on = resource.get("DependsOn")
    if depends_on is None:
        return resource
    names = [depends_on] if isinstance(depends_on, str) else depends_on
    return {**resource, "DependsOn": [name for name in names if name not in dropped]}
