"""Function groups, found and imported, so that infra/ can read their Chalice decorators."""

import importlib
import os
import sys

from chalice.app import Chalice

from infra.paths import FUNCTIONS, LAYER

# The import paths of Lambda: `<group>.app` and `shared`.
sys.path[:0] = [str(FUNCTIONS), str(LAYER / "python")]


def names() -> list[str]:
    """Return the folders under functions/ that hold a Chalice app."""
    return sorted(path.parent.name for path in FUNCTIONS.glob("*/app.py"))


def load(name: str) -> Chalice:
    """Import the Chalice app of a function group, which must not need or call anything outside."""
    # Chalice and Powertools set environment variables, which only a Lambda function needs.
    before = dict(os.environ)
    app: Chalice = importlib.import_module(f"{name}.app").app
    os.environ.clear()
    os.environ.update(before)
    return app


def load_all() -> dict[str, Chalice]:
    """Return all apps by the names of their groups."""
    return {name: load(name) for name in names()}
