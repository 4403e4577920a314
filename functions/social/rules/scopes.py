"""Scopes that an artist allowed, and what an account can be used for by them."""

from collections.abc import Collection, Mapping

from social.models import Capability


def list_capabilities(
    granted: Collection[str], needed: Mapping[Capability, Collection[str]]
) -> tuple[Capability, ...]:
    """Return what an account can be used for: all scopes of each are granted."""
    return tuple(each for each, scopes in needed.items() if set(scopes) <= set(granted))


def list_missing(
    granted: Collection[str], needed: Mapping[Capability, Collection[str]]
) -> tuple[Capability, ...]:
    """Return what an account could be used for, too, if its artist allowed it.

    That is so where they did not allow everything, and where more is asked for since.
    """
    return tuple(each for each in needed if each not in list_capabilities(granted, needed))
