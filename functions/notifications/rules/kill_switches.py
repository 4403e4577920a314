"""Kill switches: which messages they stop."""

from collections.abc import Collection, Iterable

from notifications.models import Channel, Delivery
from notifications.models.kill_switches import PROVIDERS, SwitchKind, build_id


def list_stopping(delivery: Delivery, switches: Collection[str]) -> tuple[str, ...]:
    """List the ids of the kill switches that stop a delivery by its channel or template.

    A template is named, so that all its versions, locales and artists' own are stopped, or it is
    one version's id.
    """
    ids = [build_id(SwitchKind.CHANNEL, delivery.channel)]
    if delivery.template is not None:
        names = (delivery.template.name, delivery.template.id)
        ids += [build_id(SwitchKind.TEMPLATE, name) for name in names]
    return tuple(id_ for id_ in ids if id_ in switches)


def list_providers(channel: Channel, switches: Collection[str]) -> list[str]:
    """List the names of the providers of a channel that are stopped."""
    return [name for name in PROVIDERS[channel] if build_id(SwitchKind.PROVIDER, name) in switches]


def build_provider_ids(names: Iterable[str]) -> tuple[str, ...]:
    """Return the ids of the kill switches of providers."""
    return tuple(build_id(SwitchKind.PROVIDER, name) for name in names)


def is_provider(name: str) -> bool:
    """Return whether there is a provider of this name."""
    return any(name in names for names in PROVIDERS.values())
