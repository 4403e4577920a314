"""Commands of the stack on this machine, called by the Makefile.

Those of the stack on this machine follow the kind of stack that .local/stack.json describes, except
`up` and `up-localstack`. Others also work on AWS: ENV=dev with credentials in the environment.
"""

import argparse
import re
import signal
import sys
import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from botocore.exceptions import EndpointConnectionError

from infra.local import demo, stack, status, watch, web
from infra.local.commands import Command, Failed, Place, argument, build_parser, run, texts
from infra.local.kinds import Kind, Runtime
from infra.local.progress import note, step
from infra.local.settings import Settings, StackError
from infra.operate import (
    audit_verify,
    backups,
    ensure_indexes,
    invoke,
    kill_switches,
    logs,
    migration,
    outbox_republish,
    readiness,
    rebuild,
    redrive,
    rotate_keys,
    rotate_social_keys,
    smoke,
)
from infra.operate.import_monolith.dumps import Dump
from infra.operate.import_monolith.importing import ImagesInBucket, Import
from infra.operate.restore_drill import Drill

Options = argparse.Namespace


def main(arguments: list[str]) -> int:
    """Run one command and return the exit status."""
    options = build_parser(COMMANDS, __doc__).parse_args(arguments)
    try:
        run(options.command, options, Settings.load())
    except Failed:
        return 1
    except StackError as error:
        print(error, file=sys.stderr)
        return 1
    except EndpointConnectionError as error:
        print(f"{error} Is the stack up? (make up)", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


# ---- the stack on this machine -------------------------------------------------------------------


def _up(options: Options, place: Place) -> Iterator[str]:
    only = [name for name in re.split(r"[\s,]+", options.only) if name]
    embedded = replace(place.settings, kind=Kind.MINISTACK, runtime=Runtime.PROCESSES)
    description = stack.start(embedded, only)
    _furnish(embedded, description)
    return _introduce(description)


def _up_localstack(options: Options, place: Place) -> Iterator[str]:
    in_containers = replace(place.settings, kind=options.kind, runtime=Runtime.CONTAINERS)
    description = stack.start(in_containers)
    _furnish(in_containers, description)
    return _introduce(description)


def _update(_: Options, place: Place) -> Iterator[str]:
    return _introduce(stack.update(place.settings))


def _down(_: Options, place: Place) -> tuple[()]:
    stack.stop(place.settings)
    return ()


def _reset(_: Options, place: Place) -> tuple[()]:
    stack.reset(place.settings)
    return ()


def _demo(_: Options, place: Place) -> tuple[()]:
    description = place.settings.description()
    if "users" not in description:
        raise StackError("There is no stack yet. First: make up")
    _furnish(place.settings, description)
    return ()


def _furnish(settings: Settings, description: Mapping[str, Any]) -> None:
    with step("demo data"):
        for part in demo.furnish(settings, settings.session(), description["users"]):
            note(part)


def _status(_: Options, place: Place) -> Iterator[str]:
    return status.report(place.settings)


def _env(_: Options, place: Place) -> list[str]:
    description = place.settings.description()
    if "apiUrl" not in description:
        raise StackError("There is no stack yet. First: make up")
    return [
        f"export API_URL={description['apiUrl']}",
        f"export API_KEY={description['apiKeys']['web']}",
        f"export ARTIST_ID={description['users']['artist']['id']}",
        f"export WEBSOCKET_URL={description.get('webSocketUrl') or ''}",
        f"export INBOX_URL={description['inboxUrl']}",
        f"export AWS_ENDPOINT_URL={description['awsEndpoint']}",
    ]


def _web(options: Options, place: Place) -> Iterator[str]:
    yield f"  web example   {web.address(place.settings, options.port)}"


def _watch(_: Options, place: Place) -> tuple[()]:
    watch.run(place.settings, _interrupted())
    return ()


def _introduce(description: Mapping[str, Any]) -> Iterator[str]:
    """Return what a developer needs to know about the running stack."""
    rows = [
        ("stack", f"{description['kind']}, in {description['runtime']}"),
        ("API", description["apiUrl"]),
        ("live", description.get("webSocketUrl") or "off: this environment has no WebSockets"),
        ("docs", f"{description['apiUrl']}/v1/docs"),
        ("inbox", description["inboxUrl"]),
        ("AWS", description["awsEndpoint"]),
        ("MongoDB", description["mongoUri"]),
        *((f"key {name}", value) for name, value in description["apiKeys"].items()),
        *(
            (f"login {name}", f"{user['email']}  {user['password']}")
            for name, user in description["users"].items()
        ),
    ]
    width = max(len(label) for label, _ in rows)
    yield ""
    for label, value in rows:
        yield f"  {label.ljust(width)}  {value}"


# ---- operation -----------------------------------------------------------------------------------


def _logs(options: Options, place: Place) -> tuple[()]:
    selection = logs.Selection(options.function, options.correlation, options.all)
    stop = _interrupted(at_once=options.once)
    logs.follow(place.session, place.prefix, selection, options.since, stop)
    return ()


def _redrive(options: Options, place: Place) -> Iterable[object]:
    return redrive.redrive(
        place.session,
        place.prefix,
        options.queue,
        message_id=options.message or None,
        dry_run=options.list,
    )


def _outbox_republish(options: Options, place: Place) -> Iterable[object]:
    selected = outbox_republish.Selection.parse(
        options.feature, options.type, options.since, options.until
    )
    now, dry_run = datetime.now(UTC), options.dry_run == "1"
    return outbox_republish.republish(place.session, place.prefix, selected, now, dry_run=dry_run)


def _ensure_indexes(options: Options, place: Place) -> Iterable[object]:
    return ensure_indexes.ensure_indexes(place.session, place.prefix, *options.features)


def _audit_verify(options: Options, place: Place) -> Iterator[object]:
    yield audit_verify.verify(place.session, place.prefix, options.user)


def _rebuild(_: Options, place: Place) -> Iterable[object]:
    return rebuild.rebuild(_operator(place))


def _ready(_: Options, place: Place) -> Iterator[object]:
    states = list(readiness.check(place.session, place.prefix, place.environment.alias))
    yield from states
    if not all(state.ready for state in states):
        raise Failed


def _smoke(_: Options, place: Place) -> Iterator[object]:
    is_local = place.environment.is_local
    endpoint = (
        smoke.find_local(place.settings) if is_local else smoke.find(place.session, place.prefix)
    )
    passed = True
    for answer in smoke.check(endpoint):
        yield answer
        passed = passed and answer.passed
    if not passed:
        raise Failed


def _rotate_keys(options: Options, place: Place) -> Iterable[object]:
    return rotate_keys.rotate(_operator(place), options.notice, leaked=options.leaked == "1")


def _rotate_social_keys(_: Options, place: Place) -> Iterable[object]:
    return rotate_social_keys.rotate(_operator(place))


def _kill_switch(options: Options, place: Place) -> Iterable[object]:
    return kill_switches.change(_operator(place), options.stop, options.release, options.reason)


def _invoke(options: Options, place: Place) -> tuple[()]:
    if not invoke.invoke(place.session, f"{place.prefix}{options.function}", options.event):
        raise Failed
    return ()


def _operator(place: Place) -> rebuild.Operator:
    return rebuild.Operator(place.session, place.prefix)


def _interrupted(*, at_once: bool = False) -> threading.Event:
    """Return an event that Ctrl-C or SIGTERM sets, so that a command ends in good order.

    It is set already for a command that ends `at_once`.
    """
    event = threading.Event()
    if at_once:
        event.set()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: event.set())
    return event


# ---- data ----------------------------------------------------------------------------------------


def _import_monolith(options: Options, place: Place) -> Iterable[object]:
    return Import(
        _operator(place),
        ImagesInBucket(place.session, place.prefix),
        Dump(options.folder),
        place.prefix.rstrip("-"),
        options.currency,
        options.dry_run == "1",
    ).run()


def _backup(options: Options, place: Place) -> Iterable[object]:
    on_demand = not place.environment.is_local
    return _back_up(place, _folder(options, place), on_demand=on_demand)


def _restore_drill(options: Options, place: Place) -> Iterator[object]:
    if not place.environment.is_local:
        raise StackError("A drill restores on the local stack only: without ENV.")
    folder = _folder(options, place)
    if not options.folder:
        yield from _back_up(place, folder, on_demand=False)
    yield from Drill(backups.Source(place.session, place.prefix), folder).run()


def _back_up(place: Place, folder: Path, *, on_demand: bool) -> Iterable[object]:
    source = backups.Source(place.session, place.prefix)
    return backups.back_up(source, folder, datetime.now(UTC), on_demand=on_demand)


def _folder(options: Options, place: Place) -> Path:
    """Return the folder of a backup: the one that is named, or a new one."""
    name = f"{place.prefix.rstrip('-')}-{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    return Path(options.folder or Path("backups") / name)


# ---- migration from the monolith -----------------------------------------------------------------


def _switch(options: Options, place: Place) -> Iterable[object]:
    caller = migration.find_caller(place.session)
    return migration.switch(_operator(place), options.feature, options.mode, options.reason, caller)


def _shadow_report(options: Options, place: Place) -> Iterable[object]:
    action = "clear" if options.clear else "report"
    return migration.ask(_operator(place), action, feature=options.feature)


def _bring_back(options: Options, place: Place) -> Iterable[object]:
    if not options.record:
        return migration.ask(_operator(place), "bring-back", feature=options.feature)
    return migration.ask(
        _operator(place),
        "settle",
        feature=options.feature,
        record=options.record,
        monolithId=options.monolith_id,
    )


def _link_records(options: Options, place: Place) -> Iterable[object]:
    return migration.link(
        _operator(place), options.feature, Dump(options.dump), place.prefix.rstrip("-")
    )


def _take_over(options: Options, place: Place) -> Iterable[object]:
    return migration.ask(_operator(place), "take-over", feature=options.feature)


_FEATURE = argument("feature")
_BACKUP = argument("folder", type=Path, nargs="?", help="of the backup")

COMMANDS = (
    Command(
        "up",
        "start everything, deploy what changed, print how to reach it",
        _up,
        [argument("--only", default="", help="features, as notifications,files")],
    ),
    Command(
        "up-localstack",
        "the same with LocalStack for AWS",
        _up_localstack,
        [argument("--kind", type=Kind, choices=Kind, default=Kind.LOCALSTACK)],
    ),
    Command("update", "deploy what changed to the running stack", _update),
    Command("down", "stop what `up` started; the data stays", _down),
    Command("reset", "down, and delete the data", _reset),
    Command("demo", "add the demo data that is missing", _demo),
    Command("status", "what runs where", _status),
    Command("env", "shell variables of the running stack, for eval", _env),
    Command(
        "web",
        "the address of the web example, if it can work",
        _web,
        [argument("--port", type=int, required=True)],
    ),
    Command("watch", "run what is saved, as it is saved", _watch),
    Command(
        "logs",
        "show and follow the logs of all functions",
        _logs,
        [
            argument("--function", default="", help="only functions with this in their names"),
            argument("--correlation", default="", help="only lines with this correlation id"),
            argument("--since", type=float, default=10, help="how many minutes to go back"),
            argument(
                "--all",
                action="store_true",
                help="also Lambda's own lines, metrics and idle sweepers",
            ),
            argument("--once", action="store_true", help="show the past and end"),
        ],
        on_aws=True,
    ),
    Command(
        "redrive",
        "list dead letters, and move them back to their queues",
        _redrive,
        [
            argument("queue", nargs="?", help="only this queue, as notifications-email"),
            argument("--message", default="", help="only this dead letter"),
            argument("--list", action="store_true", help="list them, and move nothing"),
        ],
        on_aws=True,
    ),
    Command(
        "outbox-republish",
        "list events that were not published; with DRY_RUN=0, publish them",
        _outbox_republish,
        [
            *texts("feature", "type", "since", "until"),
            argument("--dry-run", choices=("0", "1"), default="1"),
        ],
        on_aws=True,
    ),
    Command(
        "ensure-indexes",
        "create the indexes in MongoDB that are missing",
        _ensure_indexes,
        [argument("features", nargs="*", help="only those of these features")],
        on_aws=True,
    ),
    Command(
        "audit-verify",
        "verify the audit log of an account",
        _audit_verify,
        [argument("user", help="its user id; it may be deleted")],
        on_aws=True,
    ),
    Command(
        "rebuild",
        "count again, publish every person again, compare all copies",
        _rebuild,
        on_aws=True,
    ),
    Command("smoke", "health, readiness and one read over HTTP", _smoke, on_aws=True),
    Command("ready", "ask every feature whether its dependencies answer", _ready, on_aws=True),
    Command(
        "rotate-keys",
        "replace the keys of tokens",
        _rotate_keys,
        [
            argument("--notice", type=int, default=1800, help="seconds until they take over"),
            argument("--leaked", choices=("0", "1"), default="0"),
        ],
        on_aws=True,
    ),
    Command(
        "rotate-social-keys",
        "replace the data keys of social accounts",
        _rotate_social_keys,
        on_aws=True,
    ),
    Command(
        "kill-switch",
        "stop messages of notifications, release them, list what is stopped",
        _kill_switch,
        texts("stop", "release", "reason"),
        on_aws=True,
    ),
    Command(
        "invoke",
        "run one function with an event",
        _invoke,
        [
            argument("function", help="<feature>-<handler>, as in auth-api"),
            argument("event", type=Path, help="a JSON file; see events/lambda/"),
        ],
        on_aws=True,
    ),
    Command(
        "import-monolith",
        "import an earlier system's dump",
        _import_monolith,
        [
            argument("folder", type=Path, help="of its files; see docs/import.md"),
            argument("--currency", default="", help="of prices whose rows name none"),
            argument("--dry-run", choices=("0", "1"), default="0"),
        ],
        on_aws=True,
    ),
    Command(
        "backup",
        "write tables, databases and a manifest to files",
        _backup,
        [_BACKUP],
        on_aws=True,
    ),
    Command(
        "restore-drill",
        "restore a backup beside the local stack, and compare it",
        _restore_drill,
        [_BACKUP],
        on_aws=True,  # so that ENV is refused, and not ignored
    ),
    Command(
        "switch",
        "say who serves old paths, or set it",
        _switch,
        texts("feature", "mode", "reason"),
        on_aws=True,
    ),
    Command(
        "shadow-report",
        "what the monolith answers otherwise",
        _shadow_report,
        [_FEATURE, argument("--clear", action="store_true", help="count anew")],
        on_aws=True,
    ),
    Command(
        "bring-back",
        "send the monolith what ours wrote",
        _bring_back,
        [_FEATURE, *texts("record", "monolith-id")],
        on_aws=True,
    ),
    Command(
        "link-records",
        "say which ids imported records have",
        _link_records,
        [_FEATURE, argument("dump", type=Path, help="folder that was imported")],
        on_aws=True,
    ),
    Command(
        "take-over", "follow what the monolith changed since", _take_over, [_FEATURE], on_aws=True
    ),
)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
