"""What a command of `python -m infra.local` is: its name, its arguments, and its function."""

import argparse
import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import boto3

from infra.accounts import open_session
from infra.environments import ENVIRONMENTS, Environment
from infra.local.settings import ENVIRONMENT, Settings, StackError


class Place(NamedTuple):
    """What a command works on.

    Attributes:
        environment: The stack on this machine, or an environment on AWS.
        settings: Of the stack on this machine.
        session: With credentials of the environment.
        prefix: What the names of its resources begin with.
    """

    environment: Environment
    settings: Settings
    session: boto3.Session
    prefix: str


class Failed(Exception):
    """A command has said what is wrong, and ends with the exit status 1."""


Function = Callable[[argparse.Namespace, Place], Iterable[object]]


class Argument(NamedTuple):
    """Argument of a command, as `ArgumentParser.add_argument` takes it."""

    name: str
    options: dict[str, Any]


@dataclass(frozen=True)
class Command:
    """A command.

    Attributes:
        name: As it is typed.
        help: What it does, in a line.
        function: Does it; returns lines to print as they come, and raises Failed or StackError.
        arguments: Its arguments.
        on_aws: Whether it also works on AWS, on the environment that ENV names.
    """

    name: str
    help: str
    function: Function
    arguments: Sequence[Argument] = ()
    on_aws: bool = False


def argument(name: str, **options: Any) -> Argument:
    """Return an argument; without `type` it is text."""
    return Argument(name, options)


def texts(*names: str) -> list[Argument]:
    """Return options that are empty unless they are given."""
    return [argument(f"--{name}", default="") for name in names]


def build_parser(commands: Iterable[Command], description: str | None) -> argparse.ArgumentParser:
    """Return the parser of the commands; what it returns has the chosen one as `command`."""
    parser = argparse.ArgumentParser(prog="python -m infra.local", description=description)
    choices = parser.add_subparsers(required=True, metavar="command")
    for command in commands:
        own = choices.add_parser(command.name, help=command.help)
        for one in command.arguments:
            own.add_argument(one.name, **one.options)
        own.set_defaults(command=command)
    return parser


def run(command: Command, options: argparse.Namespace, settings: Settings) -> None:
    """Run a command and print its lines.

    Raises:
        Failed: It found something wrong, and has said it.
        StackError: It cannot run.
    """
    for line in command.function(options, _find_place(command, settings)):
        print(line, flush=True)


def _find_place(command: Command, settings: Settings) -> Place:
    name = os.environ.get("ENV", ENVIRONMENT) if command.on_aws else ENVIRONMENT
    if name not in ENVIRONMENTS:
        raise StackError(f"ENV={name} is none of {', '.join(ENVIRONMENTS)}.")
    environment = ENVIRONMENTS[name]
    if environment.is_local:
        return Place(environment, settings, settings.session(), settings.prefix())
    return Place(environment, settings, open_session(environment), f"{environment.prefix}-")
