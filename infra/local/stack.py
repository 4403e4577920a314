"""Embedded stack as a whole: started and stopped by `make up` and by tests."""

import json
import shutil
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from infra.local import assembly, demo, mongo_venv, processes, seed
from infra.local.deploy import Outputs, deploy
from infra.local.kinds import Kind
from infra.local.locks import exclusive
from infra.local.progress import note, step
from infra.local.services import services
from infra.local.settings import Settings, StackError
from infra.local.synth import synth
from infra.operate.ensure_indexes import COMPLETE, ensure_indexes

_REST_API_ID = "RestApiId"
_WEBSOCKET_API_ID = "WebSocketApiId"


def start(settings: Settings) -> dict[str, Any]:
    """Start the whole stack and return what stack.json holds. Harmless when it is running.

    Raises:
        StackError: A port is taken, a process does not start, the app does not synthesize or a
            stack does not deploy.
    """
    with _locked(settings):
        processes.require_free_ports(settings)
        mongo_venv.ensure(settings)
        _start_processes(settings)
        settings.remember_ports()
        outputs = _deploy(settings, synth(settings))
        api_url = settings.api_url(_rest_api_id(outputs))
        with step("seed"):
            session = settings.session()
            seed.publish_api_url(settings, session, api_url)
            seed.connect_webhook(settings, api_url)
            seed.connect_networks(settings, api_url)
            seeded = seed.seed(settings, session)
            demo.open_books(session, settings.prefix(), seeded["users"]["artist"])
        description = {
            "apiUrl": api_url,
            "webSocketUrl": _websocket_url(settings, outputs),
            "apiKeys": {},
            "inboxUrl": settings.inbox_url,
            "awsEndpoint": settings.aws_endpoint,
            "mongoUri": settings.mongo_uri,
            "users": {},
            **seeded,
        }
        settings.stack_file.write_text(json.dumps(description, indent=2) + "\n")
        return description


def deploy_assembly(settings: Settings, directory: Path) -> None:
    """Deploy the stacks of an assembly that differ from what runs.

    Raises:
        StackError: A stack does not deploy.
    """
    with _locked(settings):
        _deploy(settings, directory)


def stop(settings: Settings) -> list[str]:
    """Stop what `start` started and keep the data; return the names of the stopped processes."""
    with _locked(settings):
        return _stop_processes(settings)


def reset(settings: Settings) -> list[str]:
    """Stop, then delete the data and everything derived from it."""
    with _locked(settings):
        stopped = _stop_processes(settings)
        for name in ("data", "logs", "run", "tmp"):
            shutil.rmtree(settings.local_dir / name, ignore_errors=True)
        for file in (settings.stack_file, settings.local_dir / "ports.json"):
            file.unlink(missing_ok=True)
        return stopped


def _locked(settings: Settings) -> AbstractContextManager[None]:
    return exclusive(settings.local_dir / "lock")


def _deploy(settings: Settings, directory: Path) -> Outputs:
    session = settings.session()
    outputs = deploy(session, assembly.read(directory), Kind.MINISTACK)
    seed.configure(settings, session)
    for line in ensure_indexes(session, settings.prefix()):
        if not line.endswith(COMPLETE):
            note(line)
    return outputs


def _start_processes(settings: Settings) -> None:
    due = []
    for process in services(settings):
        running = processes.find(settings, process.name)
        if running is None and processes.was_started(settings, process.name):
            note(f"{process.name} was killed or the machine went down. {process.after_a_crash}")
        if running is not None and running.fingerprint != process.fingerprint:
            with step(f"stop {process.name}, whose configuration changed"):
                processes.stop(settings, process)
            running = None
        if running is None:
            due.append(process)
        elif not process.is_healthy():
            with step(f"wait for {process.name}"):
                processes.wait_until_healthy(settings, process)
    for process in due:
        processes.start(settings, process)
    for process in due:
        with step(f"start {process.name}"):
            processes.wait_until_healthy(settings, process)


def _stop_processes(settings: Settings) -> list[str]:
    stopped = []
    for process in reversed(services(settings)):
        if processes.find(settings, process.name):
            with step(f"stop {process.name}"):
                processes.stop(settings, process)
            stopped.append(process.name)
    return stopped


def _rest_api_id(outputs: Outputs) -> str:
    found = _output(outputs, _REST_API_ID)
    if found is None:
        raise StackError(f"No stack has the output {_REST_API_ID}.")
    return found


def _websocket_url(settings: Settings, outputs: Outputs) -> str | None:
    """Return the WebSocket URL; None if the environment has no WebSocket API."""
    found = _output(outputs, _WEBSOCKET_API_ID)
    return settings.websocket_url(found) if found else None


def _output(outputs: Outputs, name: str) -> str | None:
    return next((each[name] for each in outputs.values() if name in each), None)
