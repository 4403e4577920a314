"""Access matrix: what each route answers to each kind of caller, in docs/access-matrix.md.

python -m infra.access_matrix            bring the file up to date with the routes
python -m infra.access_matrix --check    fail when that would change it

What a route's declaration decides is written anew each time: who gets a 401 or a 403 before the use
case. What the use case decides is proposed for a new route, and kept as reviewed for the others.
tests/security/test_access_matrix.py sends every request of the file.
"""

import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from infra import features
from infra.generated import write_or_check
from infra.paths import ROOT
from shared.http.app import FeatureApp
from shared.http.caller import Role
from shared.http.operations import Operation

FILE = ROOT / "docs" / "access-matrix.md"

# Every kind of caller, in the order of the columns.
CALLERS = {
    "anonymous": "no access token",
    "wrong key": "an admin whose API key is wrong",
    "forged": "an access token of an admin that another key signed",
    "expired": "an access token of an admin that has expired",
    "banned": "an account that was banned: its sessions have ended",
    "client": "a client who is no party to the record",
    "artist": "an artist who is no party to the record",
    "assistant": "an assistant, with all scopes, of an artist who is no party to the record",
    "admin": "an admin who is no party to the record",
    "owner": "a party to the record, of the role that the route is for",
}
ANSWERS = {
    "2xx": "success",
    "own": "like any caller about records of their own, or because the record is public: neither "
    "401, 403 nor 404",
    "any": "the same to every caller with a key: who asks does not matter",
    "tried": "not refused for access; the record is in a state in which the request is a 4xx",
    "401, 403, 404, …": "this status",
}
_ROLES = {"client": Role.CLIENT, "artist": Role.ARTIST, "admin": Role.ADMIN}
_REVIEWED = {"client", "artist", "admin", "owner"}

Route = tuple[str, str]
Row = dict[str, str]

_INTRODUCTION = """\
# Access matrix

What every route answers to every kind of caller. `make access-matrix` proposes the rows of new
routes from their declarations and removes those of routes that are gone; the columns *client* to
*owner* are then reviewed here. `tests/security/test_access_matrix.py` fails for a route without a
row, and sends every request to a running stack. Requests name records of the owner.

| Caller | Who |
|---|---|
{callers}

| Answer | Meaning |
|---|---|
{answers}

*Declared* is what the route says of itself: `open` needs neither key nor token, `key` needs an API
key, `signed in` a key and a token, and a role both, and that role.
"""
_LINE = re.compile(r"^\| `([A-Z]+) (\S+)` \| [^|]+ \|(.+)\|$", re.MULTILINE)


@dataclass(frozen=True)
class Declaration:
    """What a route declares about access."""

    feature: str
    operation: Operation

    @property
    def text(self) -> str:
        """What the column *Declared* says."""
        operation = self.operation
        if operation.public:
            return "open" if operation.keyless else "key"
        if operation.roles:
            return " or ".join(sorted(operation.roles))
        return "signed in"


def list_routes() -> dict[Route, Declaration]:
    """Return the declaration of every route but the greedy ones."""
    return {
        route: Declaration(name, operation)
        for name, app in features.load_all().items()
        if isinstance(app, FeatureApp)
        for route, operation in app.operations.items()
        if "+}" not in operation.path
    }


def propose(operation: Operation) -> Row:
    """Return the row that the declaration suggests."""
    if operation.public:
        is_fixed = operation.keyless and "{" not in operation.path
        row = dict.fromkeys(CALLERS, "2xx" if is_fixed else "any")
        return row if operation.keyless else row | {"wrong key": "403"}
    row = dict.fromkeys(("anonymous", "wrong key", "forged", "expired", "banned"), "401")
    row["wrong key"] = "403"
    is_sure = operation.path_parameters or operation.method == "GET"
    row |= dict.fromkeys(_REVIEWED, "404" if operation.path_parameters else "own")
    row["owner"] = "2xx" if is_sure else "own"
    if operation.roles == {Role.ADMIN}:
        row["owner"] = "403"
    for caller, role in _ROLES.items():
        if operation.roles and role not in operation.roles:
            row[caller] = "403"
    return row | {"assistant": "403"}


def merge(operation: Operation, reviewed: Row | None) -> Row:
    """Return the row of a route: as reviewed where the use case decides, else as declared."""
    proposed = propose(operation)
    if reviewed is None:
        return _add_assistant(operation, proposed)
    if operation.public:
        fixed = set() if operation.keyless else {"wrong key"}
    else:
        fixed = CALLERS.keys() - _REVIEWED
        fixed |= {caller for caller in _ROLES if proposed[caller] == "403"}
    kept = {caller: cell for caller, cell in reviewed.items() if caller not in fixed}
    return _add_assistant(operation, proposed | kept)


def _add_assistant(operation: Operation, row: Row) -> Row:
    """Answer an assistant like their artist, if the route declares a scope."""
    return row | {"assistant": row["artist"]} if operation.scope else row


def read(text: str) -> dict[Route, Row]:
    """Return the rows of a file."""
    return {
        (method, path): dict(zip(CALLERS, (cell.strip() for cell in cells.split("|")), strict=True))
        for method, path, cells in _LINE.findall(text)
    }


def write(reviewed: Mapping[Route, Row]) -> str:
    """Return the text of the file, with the reviewed rows."""
    sections: dict[str, list[str]] = {}
    for route, declaration in sorted(list_routes().items(), key=_position):
        row = merge(declaration.operation, reviewed.get(route))
        cells = " | ".join([declaration.text, *(row[caller] for caller in CALLERS)])
        sections.setdefault(declaration.feature, []).append(f"| `{' '.join(route)}` | {cells} |")
    header = " | ".join(["Route", "Declared", *CALLERS])
    rule = "|".join(["---"] * (len(CALLERS) + 2))
    parts = [_INTRODUCTION.format(callers=_table(CALLERS), answers=_table(ANSWERS))]
    for feature, lines in sorted(sections.items()):
        parts.append("\n".join([f"## {feature}", "", f"| {header} |", f"|{rule}|", *lines, ""]))
    return "\n".join(parts)


def _position(route: tuple[Route, Declaration]) -> tuple[str, str]:
    (method, path), _ = route
    return path, method


def _table(meanings: Mapping[str, str]) -> str:
    return "\n".join(f"| {name} | {meaning} |" for name, meaning in meanings.items())


def load(file: Path = FILE) -> dict[Route, Row]:
    """Return the rows that are written down."""
    return read(file.read_text()) if file.exists() else {}


if __name__ == "__main__":
    write_or_check({FILE: write(load())}, check="--check" in sys.argv)
