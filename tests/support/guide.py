"""The rows of docs/guide.md: what the original guide says, and the command that shows it here."""

import re
import shlex
from dataclasses import dataclass
from enum import Enum

from infra.paths import ROOT

GUIDE = ROOT / "docs" / "guide.md"
LINES = 677  # of the original guide

_TO = "\N{EN DASH}"
_ROW = re.compile(rf"^\| (?P<lines>[\d{_TO}, ]+) \| .* \| (?P<command>`.+`) \| (?P<shows>.*?) ?\|$")
# Targets that work on a running stack, if no other environment is named.
_ON_THE_STACK = {
    "ensure-indexes",
    "invoke",
    "kill-switch",
    "logs",
    "ready",
    "redrive",
    "smoke",
    "status",
    "up",
}
_HARMLESS = {"help"}
# What not every stack has, by beginnings of commands: keys of docs/portability.md.
_NEEDS = {"make up": "some-features", "api /v1/messages/tickets": "websockets"}


class Kind(Enum):
    """How a command is checked."""

    STACK = "run against a running stack"
    FILES = "run in the repository"
    MAKE = "what make would run"
    AWS = "names and parameters"


@dataclass(frozen=True)
class Row:
    """A row of the guide.

    Attributes:
        lines: Lines of the original guide.
        command: The command that shows it.
        shows: What its output, or the template, contains.
    """

    lines: tuple[int, ...]
    command: str
    shows: str

    @property
    def words(self) -> list[str]:
        """The command's words; variables of the shell stay as they are."""
        return shlex.split(self.command)

    @property
    def kind(self) -> Kind:
        """How the command is checked."""
        program, *arguments = self.words
        if program == "aws":
            return Kind.AWS
        if program == "make" and arguments[0] not in _HARMLESS:
            has_other = any(word.startswith("ENV=") for word in arguments)
            is_running = arguments[0] in _ON_THE_STACK and not has_other
            return Kind.STACK if is_running else Kind.MAKE
        needs_stack = "api" in self.words or "infra.local" in self.words
        return Kind.STACK if needs_stack else Kind.FILES

    @property
    def needs(self) -> tuple[str, ...]:
        """Keys of docs/portability.md that the command needs."""
        return tuple(key for start, key in _NEEDS.items() if self.command.startswith(start))


def read() -> list[Row]:
    """Return all rows, in their order.

    Raises:
        ValueError: A row of a table has no command.
    """
    rows = []
    for line in GUIDE.read_text().splitlines():
        if not line.startswith("| ") or line.startswith("| lines"):
            continue
        match = _ROW.match(line)
        if match is None:
            raise ValueError(f"No row with lines, command and what it shows: {line}")
        rows.append(
            Row(_numbers(match["lines"]), match["command"].strip("`"), match["shows"].strip("`"))
        )
    return rows


def of_kind(kind: Kind) -> list[Row]:
    """Return the rows whose commands are checked in a way."""
    return [row for row in read() if row.kind is kind]


def block(language: str) -> str:
    """Return the one block of code in a language."""
    (found,) = re.findall(
        rf"^```{language}\n(.*?)^```$", GUIDE.read_text(), re.MULTILINE | re.DOTALL
    )
    return str(found)


def _numbers(text: str) -> tuple[int, ...]:
    numbers: list[int] = []
    for part in text.split(","):
        first, _, last = part.strip().partition(_TO)
        numbers += range(int(first), int(last or first) + 1)
    return tuple(numbers)
