"""Commands of the stack on this machine, called by the Makefile.

up, up-localstack, update, down, reset, status, watch, web and logs are about the stack on this
machine; all but the first two follow the kind of stack that .local/stack.json describes. redrive,
rebuild, outbox-republish, ensure-indexes, audit-verify, ready, rotate-keys, rotate-social-keys,
kill-switch, switch, shadow-report, bring-back, link-records, take-over, import-monolith, backup,
invoke, smoke and logs also work on AWS: ENV=dev with credentials in the environment.
"""

import argparse
import os
import re
import signal
import sys
import threading
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import EndpointConnectionError

from infra.accounts import open_session
from infra.environments import ENVIRONMENTS
from infra.local import stack, status, watch, web
from infra.local.kinds import Kind, Runtime
from infra.local.settings import ENVIRONMENT, Settings, StackError
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

# Commands that also work on AWS.
_OPERATING = {
    "redrive",
    "outbox-republish",
    "ensure-indexes",
    "audit-verify",
    "rebuild",
    "ready",
    "rotate-keys",
    "rotate-social-keys",
    "kill-switch",
    "invoke",
    "logs",
    "smoke",
}
_MOVING_DATA = {"import-monolith", "backup", "restore-drill"}
# The same, of the migration from the monolith.
_MIGRATING = {"switch", "shadow-report", "bring-back", "take-over", "link-records"}


def main(arguments: list[str]) -> int:
    """Run one command and return the exit status."""
    options = _parser().parse_args(arguments)
    try:
        return _run(options, Settings.load())
    except StackError as error:
        print(error, file=sys.stderr)
        return 1
    except EndpointConnectionError as error:
        print(f"{error} Is the stack up? (make up)", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m infra.local", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="command")
    starting = commands.add_parser(
        "up", help="start everything, deploy what changed, print how to reach it"
    )
    starting.add_argument("--only", default="", help="features, as notifications,files")
    localstack = commands.add_parser("up-localstack", help="the same with LocalStack for AWS")
    localstack.add_argument("--kind", type=Kind, choices=Kind, default=Kind.LOCALSTACK)
    commands.add_parser("update", help="deploy what changed to the running stack")
    commands.add_parser("down", help="stop what `up` started; the data stays")
    commands.add_parser("reset", help="down, and delete the data")
    commands.add_parser("status", help="what runs where")
    commands.add_parser("env", help="shell variables of the running stack, for eval")
    serving = commands.add_parser("web", help="the address of the web example, if it can work")
    serving.add_argument("--port", type=int, required=True)
    commands.add_parser("watch", help="run what is saved, as it is saved")
    reading = commands.add_parser("logs", help="show and follow the logs of all functions")
    reading.add_argument("--function", default="", help="only functions with this in their names")
    reading.add_argument("--correlation", default="", help="only lines with this correlation id")
    reading.add_argument("--since", type=float, default=10, help="how many minutes to go back")
    reading.add_argument(
        "--all", action="store_true", help="also Lambda's own lines, metrics and idle sweepers"
    )
    reading.add_argument("--once", action="store_true", help="show the past and end")
    redriving = commands.add_parser(
        "redrive", help="list dead letters, and move them back to their queues"
    )
    redriving.add_argument("queue", nargs="?", help="only this queue, as notifications-email")
    redriving.add_argument("--message", default="", help="only this dead letter")
    redriving.add_argument("--list", action="store_true", help="list them, and move nothing")
    republishing = commands.add_parser(
        "outbox-republish", help="list events that were not published; with DRY_RUN=0, publish them"
    )
    for name in ("feature", "type", "since", "until"):
        republishing.add_argument(f"--{name}", default="")
    republishing.add_argument("--dry-run", choices=("0", "1"), default="1")
    ensuring = commands.add_parser(
        "ensure-indexes", help="create the indexes in MongoDB that are missing"
    )
    ensuring.add_argument("features", nargs="*", help="only those of these features")
    verifying = commands.add_parser("audit-verify", help="verify the audit log of an account")
    verifying.add_argument("user", help="its user id; it may be deleted")
    commands.add_parser(
        "rebuild", help="count again, publish every person again, compare all copies"
    )
    commands.add_parser("smoke", help="health, readiness and one read over HTTP")
    commands.add_parser("ready", help="ask every feature whether its dependencies answer")
    rotating = commands.add_parser("rotate-keys", help="replace the keys of tokens")
    rotating.add_argument("--notice", type=int, default=1800, help="seconds until they take over")
    rotating.add_argument("--leaked", choices=("0", "1"), default="0")
    commands.add_parser("rotate-social-keys", help="replace the data keys of social accounts")
    switching = commands.add_parser(
        "kill-switch", help="stop messages of notifications, release them, list what is stopped"
    )
    for name in ("stop", "release", "reason"):
        switching.add_argument(f"--{name}", default="")
    _add_migration(commands)
    importing = commands.add_parser("import-monolith", help="import an earlier system's dump")
    importing.add_argument("folder", type=Path, help="of its files; see docs/import.md")
    importing.add_argument("--currency", default="", help="of prices whose rows name none")
    importing.add_argument("--dry-run", choices=("0", "1"), default="0")
    for name, described in (
        ("backup", "write tables, databases and a manifest to files"),
        ("restore-drill", "restore a backup beside the local stack, and compare it"),
    ):
        backing_up = commands.add_parser(name, help=described)
        backing_up.add_argument("folder", type=Path, nargs="?", help="of the backup")
    invoking = commands.add_parser("invoke", help="run one function with an event")
    invoking.add_argument("function", help="<feature>-<handler>, as in auth-api")
    invoking.add_argument("event", type=Path, help="a JSON file; see events/lambda/")
    return parser


def _add_migration(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the commands of the migration from the monolith."""
    leading = commands.add_parser("switch", help="say who serves old paths, or set it")
    for name in ("feature", "mode", "reason"):
        leading.add_argument(f"--{name}", default="")
    comparing = commands.add_parser("shadow-report", help="what the monolith answers otherwise")
    comparing.add_argument("feature")
    comparing.add_argument("--clear", action="store_true", help="count anew")
    returning = commands.add_parser("bring-back", help="send the monolith what ours wrote")
    returning.add_argument("feature")
    for name in ("record", "monolith-id"):
        returning.add_argument(f"--{name}", default="")
    linking = commands.add_parser("link-records", help="say which ids imported records have")
    linking.add_argument("feature")
    linking.add_argument("dump", type=Path, help="folder that was imported")
    taking = commands.add_parser("take-over", help="follow what the monolith changed since")
    taking.add_argument("feature")


def _run(options: argparse.Namespace, settings: Settings) -> int:
    for commands, run in ((_MOVING_DATA, _move_data), (_MIGRATING, _migrate)):
        if options.command in commands:
            _print(run(options, *_target(settings)))
            return 0
    if options.command in _OPERATING:
        session, prefix = _target(settings)
        if options.command == "smoke":
            return _smoke(settings, session, prefix)
        return _operate(options, session, prefix)
    _run_here(options, settings)
    return 0


def _run_here(options: argparse.Namespace, settings: Settings) -> None:
    """Run a command about the stack on this machine."""
    match options.command:
        case "up":
            only = [name for name in re.split(r"[\s,]+", options.only) if name]
            embedded = replace(settings, kind=Kind.MINISTACK, runtime=Runtime.PROCESSES)
            _introduce(stack.start(embedded, only))
        case "up-localstack":
            in_containers = replace(settings, kind=options.kind, runtime=Runtime.CONTAINERS)
            _introduce(stack.start(in_containers))
        case "update":
            _introduce(stack.update(settings))
        case "down":
            stack.stop(settings)
        case "reset":
            stack.reset(settings)
        case "status":
            print("\n".join(status.report(settings)))
        case "env":
            print("\n".join(_shell_variables(settings)))
        case "web":
            print(f"  web example   {web.address(settings, options.port)}", flush=True)
        case "watch":
            watch.run(settings, _interrupted())


def _operate(options: argparse.Namespace, session: boto3.Session, prefix: str) -> int:
    """Run a command that also works on AWS."""
    match options.command:
        case "logs":
            selection = logs.Selection(options.function, options.correlation, options.all)
            stop = _interrupted(at_once=options.once)
            logs.follow(session, prefix, selection, options.since, stop)
        case "redrive":
            message_id = options.message or None
            _print(
                redrive.redrive(
                    session, prefix, options.queue, message_id=message_id, dry_run=options.list
                )
            )
        case "outbox-republish":
            selected = outbox_republish.Selection.parse(
                options.feature, options.type, options.since, options.until
            )
            dry_run = options.dry_run == "1"
            now = datetime.now(UTC)
            _print(outbox_republish.republish(session, prefix, selected, now, dry_run=dry_run))
        case "ensure-indexes":
            _print(ensure_indexes.ensure_indexes(session, prefix, *options.features))
        case "audit-verify":
            _print([audit_verify.verify(session, prefix, options.user)])
        case "rebuild":
            _print(rebuild.rebuild(rebuild.Operator(session, prefix)))
        case "ready":
            states = list(readiness.check(session, prefix, _alias()))
            _print(states)
            return 0 if all(state.ready for state in states) else 1
        case "rotate-keys" | "rotate-social-keys":
            _print(_rotate(options, rebuild.Operator(session, prefix)))
        case "kill-switch":
            operator = rebuild.Operator(session, prefix)
            _print(kill_switches.change(operator, options.stop, options.release, options.reason))
        case "invoke":
            succeeded = invoke.invoke(session, f"{prefix}{options.function}", options.event)
            return 0 if succeeded else 1
    return 0


def _move_data(
    options: argparse.Namespace, session: boto3.Session, prefix: str
) -> Iterable[object]:
    """Import, back up, or restore beside; return lines about it."""
    now = datetime.now(UTC)
    is_local = os.environ.get("ENV", ENVIRONMENT) == ENVIRONMENT
    source = backups.Source(session, prefix)
    folder = options.folder or Path("backups") / f"{prefix.rstrip('-')}-{now:%Y%m%dT%H%M%SZ}"
    if options.command == "import-monolith":
        return Import(
            rebuild.Operator(session, prefix),
            ImagesInBucket(session, prefix),
            Dump(folder),
            prefix.rstrip("-"),
            options.currency,
            options.dry_run == "1",
        ).run()
    if options.command == "backup":
        return backups.back_up(source, folder, now, on_demand=not is_local)
    if not is_local:
        raise StackError("A drill restores on the local stack only: without ENV.")
    made = () if options.folder else backups.back_up(source, folder, now, on_demand=False)
    return chain(made, Drill(source, folder).run())


def _rotate(options: argparse.Namespace, operator: rebuild.Operator) -> Iterable[str]:
    """Replace the keys of tokens, or those of social accounts."""
    if options.command == "rotate-social-keys":
        return rotate_social_keys.rotate(operator)
    return rotate_keys.rotate(operator, options.notice, leaked=options.leaked == "1")


def _smoke(settings: Settings, session: boto3.Session, prefix: str) -> int:
    """Check the deployment over HTTP."""
    is_local = prefix == settings.prefix()
    endpoint = smoke.find_local(settings) if is_local else smoke.find(session, prefix)
    passed = True
    for answer in smoke.check(endpoint):
        print(answer, flush=True)
        passed = passed and answer.passed
    return 0 if passed else 1


def _migrate(options: argparse.Namespace, session: boto3.Session, prefix: str) -> Iterable[str]:
    """Run a command of the migration from the monolith."""
    operator = rebuild.Operator(session, prefix)
    match options.command:
        case "switch":
            caller = migration.find_caller(session)
            return migration.switch(operator, options.feature, options.mode, options.reason, caller)
        case "shadow-report":
            action = "clear" if options.clear else "report"
            return migration.ask(operator, action, feature=options.feature)
        case "link-records":
            return migration.link(operator, options.feature, Dump(options.dump), prefix.rstrip("-"))
        case "bring-back" if options.record:
            return migration.ask(
                operator,
                "settle",
                feature=options.feature,
                record=options.record,
                monolithId=options.monolith_id,
            )
    return migration.ask(operator, options.command, feature=options.feature)


def _print(lines: Iterable[object]) -> None:
    for line in lines:
        print(line, flush=True)


def _target(settings: Settings) -> tuple[boto3.Session, str]:
    """Return the session of the environment that ENV names, and the prefix of its resources."""
    name = os.environ.get("ENV", ENVIRONMENT)
    if name not in ENVIRONMENTS:
        raise StackError(f"ENV={name} is none of {', '.join(ENVIRONMENTS)}.")
    environment = ENVIRONMENTS[name]
    if environment.is_local:
        return settings.session(), settings.prefix()
    return open_session(environment), f"{environment.prefix}-"


def _alias() -> str:
    environment = ENVIRONMENTS.get(os.environ.get("ENV", ENVIRONMENT))
    return environment.alias if environment else ""


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


def _shell_variables(settings: Settings) -> list[str]:
    description = settings.description()
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


def _introduce(description: Mapping[str, Any]) -> None:
    """Print what a developer needs to know about the running stack."""
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
    print()
    for label, value in rows:
        print(f"  {label.ljust(width)}  {value}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
