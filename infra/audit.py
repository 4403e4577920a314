"""Known vulnerabilities of the pinned packages: pip-audit, with a database on this machine.

python -m infra.audit             audit every file of requirements/ (part of `make lint`)
python -m infra.audit database    download the advisories of OSV (osv.dev) for the pinned packages

pip-audit asks a service about each package, every time. Lint must be quick and repeatable, and
work without that service, so pip-audit asks a server in this process, which answers from the file
that was downloaded last. The file is not part of the repository: it would be out of date, and a
change of it could hide an advisory.
"""

import json
import re
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import urllib3
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from infra.paths import REQUIREMENTS, ROOT

DATABASE = ROOT / ".local" / "advisories.json"
SERVICE = "https://api.osv.dev/v1/query"
# Advisories that do not concern us: id -> why.
ACCEPTED: Mapping[str, str] = {}
FRESH = timedelta(days=7)
CONNECT_SECONDS = 2
READ_SECONDS = 20

_PIN = re.compile(r"^([A-Za-z0-9._-]+)==(\S+)", re.MULTILINE)
Advisory = dict[str, Any]
Advisories = dict[str, list[Advisory]]  # by the name of the package


class ServiceUnreachable(Exception):
    """The service of advisories does not answer from here."""


def list_pins(requirements: Sequence[Path]) -> set[tuple[str, str]]:
    """Return name and version of all pinned packages."""
    return {
        (canonicalize_name(name), version)
        for file in requirements
        for name, version in _PIN.findall(file.read_text())
    }


def is_affected(advisory: Advisory, name: str, version: str) -> bool:
    """Return whether an advisory is about a version (OSV schema 1.7, `affected`)."""
    return any(
        version in affected.get("versions", ()) or _is_in_ranges(affected, Version(version))
        for affected in advisory.get("affected", ())
        if canonicalize_name(affected.get("package", {}).get("name", "")) == name
    )


def _is_in_ranges(affected: Advisory, version: Version) -> bool:
    for bounds in affected.get("ranges", ()):
        if bounds["type"] != "ECOSYSTEM":
            continue
        is_inside = False
        for event in sorted(bounds["events"], key=_position):
            ((kind, at),) = event.items()
            reached = at == "0" or version >= Version(at)
            if kind == "introduced" and reached:
                is_inside = True
            elif (kind == "fixed" and reached) or (
                kind == "last_affected" and version > Version(at)
            ):
                is_inside = False
        if is_inside:
            return True
    return False


def _position(event: Mapping[str, str]) -> Version:
    (at,) = event.values()
    try:
        return Version(at)
    except InvalidVersion:
        return Version("0")


def download(requirements: Sequence[Path], database: Path, service: str = SERVICE) -> None:
    """Write the advisories about the pinned packages into the database.

    Raises:
        ServiceUnreachable: The service does not answer. The database stays as it was.
    """
    timeout = urllib3.Timeout(connect=CONNECT_SECONDS, read=READ_SECONDS)
    pool = urllib3.PoolManager(retries=False, timeout=timeout, maxsize=8)
    names = sorted({name for name, _ in list_pins(requirements)})
    try:
        found = {names[0]: _query(pool, service, names[0])}  # one refusal is enough
        with ThreadPoolExecutor(8) as threads:
            found |= zip(
                names[1:],
                threads.map(lambda name: _query(pool, service, name), names[1:]),
                strict=True,
            )
    except (urllib3.exceptions.HTTPError, ValueError) as error:
        raise ServiceUnreachable(service) from error
    content = {"downloaded": datetime.now(UTC).isoformat(timespec="seconds"), "advisories": found}
    database.parent.mkdir(parents=True, exist_ok=True)
    database.write_text(json.dumps(content))


def _query(pool: urllib3.PoolManager, service: str, name: str) -> list[Advisory]:
    advisories: list[Advisory] = []
    query: dict[str, Any] = {"package": {"name": name, "ecosystem": "PyPI"}}
    while True:
        answer = pool.request("POST", service, json=query)
        if answer.status != 200:
            raise ValueError(f"The service answered {answer.status}.")
        page = answer.json()
        advisories += page.get("vulns", [])
        if "next_page_token" not in page:
            return advisories
        query["page_token"] = page["next_page_token"]


@contextmanager
def served(advisories: Advisories) -> Iterator[str]:
    """Serve the advisories as OSV does; yield the URL to query."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:  # http.server's name
            query = json.loads(self.rfile.read(int(self.headers["content-length"])))
            name, version = query["package"]["name"], query.get("version")
            found = [
                advisory
                for advisory in advisories.get(name, [])
                if version is None or is_affected(advisory, name, version)
            ]
            body = json.dumps({"vulns": found} if found else {}).encode()
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Log nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def audit(
    requirements: Sequence[Path], database: Path, *, now: datetime, service: str = SERVICE
) -> int:
    """Audit the pinned packages; return 0 if none has a vulnerability that is known here."""
    if not database.exists() or _age(database, now) > FRESH:
        try:
            download(requirements, database, service)
        except ServiceUnreachable:
            if not database.exists():
                print(
                    "audit: not done, for the advisories of OSV cannot be reached from here "
                    "(`make audit-database` where they can)."
                )
                return 0
            print(f"audit: the advisories are {_age(database, now).days} days old.")
    advisories: Advisories = json.loads(database.read_text())["advisories"]
    with served(advisories) as url, tempfile.TemporaryDirectory() as folder:
        return max(_run(pins, url, Path(folder)) for pins in _rounds(list_pins(requirements)))


def _rounds(pins: set[tuple[str, str]]) -> list[dict[str, str]]:
    """Divide pins so that each part has one version of a package, as pip-audit demands."""
    rounds: list[dict[str, str]] = []
    for name, version in sorted(pins):
        part = next((part for part in rounds if name not in part), None)
        if part is None:
            rounds.append(part := {})
        part[name] = version
    return rounds


def _run(pins: Mapping[str, str], url: str, folder: Path) -> int:
    file = folder / "pins.txt"
    file.write_text("".join(f"{name}=={version}\n" for name, version in pins.items()))
    command = [
        *(str(Path(sys.executable).with_name("pip-audit")), "--progress-spinner", "off"),
        *("--vulnerability-service", "osv", "--osv-url", url, "--cache-dir", str(folder)),
        # The files are complete resolutions: nothing is to be resolved.
        *("--disable-pip", "--no-deps", "--requirement", str(file)),
        *(argument for id_ in ACCEPTED for argument in ("--ignore-vuln", id_)),
    ]
    done = subprocess.run(command, check=False, stderr=subprocess.PIPE, text=True)
    if done.returncode:
        print(done.stderr, file=sys.stderr)
    return done.returncode


def _age(database: Path, now: datetime) -> timedelta:
    return now - datetime.fromisoformat(json.loads(database.read_text())["downloaded"])


def _main(arguments: Sequence[str]) -> int:
    requirements = sorted(REQUIREMENTS.glob("*.txt"))
    if arguments == ["database"]:
        try:
            download(requirements, DATABASE)
        except ServiceUnreachable as error:
            print(f"audit: {error} does not answer from here.", file=sys.stderr)
            return 1
        return 0
    return audit(requirements, DATABASE, now=datetime.now(UTC))


if __name__ == "__main__":
    sys.exit(_main(sys.argv[1:]))
