"""How a shipped template is written down."""

from notifications.records import SYSTEM, Bodies, Kind, Template, Variable


def shipped(name: str, *, kind: Kind, variables: tuple[Variable, ...], bodies: Bodies) -> Template:
    """A template of ours: English, version 0, so that an admin's first version is newer."""
    return Template(
        id=f"tpl_{SYSTEM}_{name}",
        owner=SYSTEM,
        name=name,
        locale="en",
        version=0,
        kind=kind,
        variables=variables,
        bodies=bodies,
    )
