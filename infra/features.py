"""The function groups, found and imported: their Chalice decorators are what infra/ reads."""

import importlib
import os
import sys

from chalice.app import Chalice

from infra.paths import FUNCTIONS, LAYER

# The import paths of Lambda: `<group>.app` and `shared`.
sys.path[:0] = [str(FUNCTIONS), str(LAYER / "python")]


def names() -> list[str]:
    """The folders under functions/ that hold a Chalice app."""
    return sorted(path.parent.name for path in FUNCTIONS.glob("*/app.py"))


def load(name: str) -> Chalice:
    """The Chalice app of a function group. Importing it must neither need nor call anything."""
    # What Chalice and Powertools put into the environment of a Lambda is nothing to us.
    before = dict(os.environ)
    app: Chalice = importlib.import_module(f"{name}.app").app
    os.environ.clear()
    os.environ.update(before)
    return app


def load_all() -> dict[str, Chalice]:
    """All apps by the names of their groups."""
    return {name: load(name) for name in names()}
