"""The operator's side of the migration: switches, reports, and what the monolith lacks."""

from collections.abc import Iterator
from datetime import datetime

from gateway.models import Mode, Side
from gateway.rules.old_api import FEATURES
from gateway.schemas import Migration, MigrationReport
from gateway.store import differences, writes
from gateway.use_cases import returns, switches
from shared.data.conflicts import WriteConflict
from shared.platform.config import from_environment
from shared.platform.logs import logger


def run(request: Migration, monolith_url: str, now: datetime) -> MigrationReport:
    """Do what an operator asks for."""
    if request.action == "list":
        return MigrationReport(list(_list_modes()))
    problem = _find_problem(request, monolith_url)
    if problem is not None:
        return MigrationReport([], problem)
    if request.action == "switch":
        return _switch(request, monolith_url, now)
    if request.action == "take-over":
        lines, after = returns.take_over(FEATURES[request.feature], monolith_url, request.after)
        return MigrationReport(lines, next=after)
    return MigrationReport(list(_act(request, monolith_url, now)))


def _find_problem(request: Migration, monolith_url: str) -> str | None:
    """Return why what an operator asks for is impossible, if it is."""
    if request.feature not in FEATURES:
        return f"{request.feature or 'no feature'} is none of {', '.join(sorted(FEATURES))}"
    if request.action not in {"bring-back", "take-over"}:
        return None
    if not monolith_url:
        return "there is no monolith"
    if not _is_old(request.feature):
        return f"{request.feature} is served by ours; switch it first"
    return None


def _act(request: Migration, monolith_url: str, now: datetime) -> Iterator[str]:
    """Do something that is possible, and yield lines about it."""
    feature = FEATURES[request.feature]
    match request.action:
        case "report":
            yield from _report(feature.name)
        case "clear":
            differences.clear(feature.name)
            yield f"{feature.name} is counted anew."
        case "settle":
            yield from returns.settle(feature.name, request.record, request.monolith_id)
        case "link":
            yield from returns.link(feature.name, request.links)
        case "bring-back":
            yield from returns.bring_back(feature, monolith_url, now)


def _list_modes() -> Iterator[str]:
    for feature, mode in switches.list_modes().items():
        waiting = writes.count(feature)
        lacking = f"  {waiting} writes of ours that the monolith lacks" if waiting else ""
        yield f"{feature:<15} {mode}{lacking}"


def _switch(request: Migration, monolith_url: str, now: datetime) -> MigrationReport:
    before = switches.list_modes().get(request.feature, "")
    try:
        problem = switches.change(
            request.feature, request.mode, now, has_monolith=bool(monolith_url)
        )
    except WriteConflict:
        problem = "somebody else changed a switch at the same moment; look and try again"
    if problem is not None:
        return MigrationReport([], problem)
    logger.warning(
        "switch changed",
        feature=request.feature,
        before=before,
        after=request.mode,
        reason=request.reason,
        by=request.by,
    )
    seconds = from_environment(switches.SwitchSettings).switch_cache_seconds
    lines = [*_list_modes(), f"In force everywhere within {seconds} seconds."]
    if request.mode != Mode.NEW and writes.count(request.feature):
        lines.append(f"Then: make bring-back FEATURE={request.feature}")
    returned = any(pair.owner is Side.MONOLITH for pair in writes.iterate_pairs(request.feature))
    if request.mode == Mode.NEW and returned:
        lines.append("Some records belong to the monolith since they were brought back, and stay")
        lines.append(f"there: take them over while it serves {request.feature} (make take-over).")
    return MigrationReport(lines)


def _report(feature: str) -> Iterator[str]:
    counts = differences.list_counts(feature)
    compared = {each.route: each.count for each in counts if each.field == differences.COMPARED}
    equal = {each.route: each.count for each in counts if each.field == differences.EQUAL}
    for route, total in sorted(compared.items()):
        yield f"{route}: {total} compared, {equal.get(route, 0)} equal"
        fields = [
            each
            for each in counts
            if each.route == route and each.field not in (differences.COMPARED, differences.EQUAL)
        ]
        for each in sorted(fields, key=lambda each: -each.count):
            yield f"  {each.count:>6}  {each.field}  {each.example}"
    if not compared:
        yield f"Nothing of {feature} was compared within 30 days."


def _is_old(feature: str) -> bool:
    return switches.list_modes()[feature] in {Mode.MONOLITH, Mode.SHADOW}
