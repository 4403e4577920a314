"""The audit of pinned packages, by a database on this machine."""

import json
import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from infra import audit
from infra.paths import REQUIREMENTS

NOW = datetime(2026, 11, 30, 12, 0, tzinfo=UTC)
HASH = f"--hash=sha256:{'0' * 64}"


def advisory(**affected: Any) -> dict[str, Any]:
    about = {"package": {"name": "example", "ecosystem": "PyPI"}, **affected}
    return {"id": "PYSEC-1", "summary": "Opens everything.", "affected": [about]}


def since(introduced: str, **end: str) -> dict[str, Any]:
    events = [{"introduced": introduced}, *({kind: at} for kind, at in end.items())]
    return {"ranges": [{"type": "ECOSYSTEM", "events": events}]}


@pytest.mark.parametrize(
    ("affected", "inside", "outside"),
    [
        ({"versions": ["1.0", "1.1"]}, ["1.0", "1.1"], ["1.2"]),
        (since("0", fixed="1.10"), ["0.1", "1.9"], ["1.10", "2"]),
        (since("1.2", fixed="1.10"), ["1.2", "1.9"], ["1.1", "1.10"]),
        (since("1.2", last_affected="1.3"), ["1.2", "1.3"], ["1.3.1"]),
        (since("1.2"), ["1.2", "9"], ["1.1"]),
    ],
)
def test_an_advisory_is_about_the_versions_it_names(
    affected: dict[str, Any], inside: list[str], outside: list[str]
) -> None:
    found = advisory(**affected)
    assert [one for one in inside + outside if audit.is_affected(found, "example", one)] == inside
    assert not audit.is_affected(found, "another", inside[0])


def test_every_pinned_package_is_audited() -> None:
    pins = audit.list_pins(sorted(REQUIREMENTS.glob("*.txt")))
    assert {"msgspec", "pyjwt", "urllib3", "cryptography", "pytest"} <= {name for name, _ in pins}
    rounds = audit._rounds(pins)
    assert {pin for part in rounds for pin in part.items()} == pins


@pytest.fixture
def requirements(tmp_path: Path) -> list[Path]:
    file = tmp_path / "example.txt"
    file.write_text(f"example==1.0 \\\n    {HASH}\n")
    return [file]


@pytest.fixture
def unreachable() -> str:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{unused.getsockname()[1]}"


def write(database: Path, *advisories: dict[str, Any], at: datetime = NOW) -> None:
    content = {"downloaded": at.isoformat(), "advisories": {"example": list(advisories)}}
    database.write_text(json.dumps(content))


def test_a_vulnerable_package_fails(
    tmp_path: Path, requirements: list[Path], capfd: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path / "db.json", advisory(**since("0", fixed="1.1")))
    assert audit.audit(requirements, tmp_path / "db.json", now=NOW) == 1
    printed = capfd.readouterr().out
    assert "PYSEC-1" in printed
    assert "1.1" in printed


def test_an_old_database_is_used_where_there_is_no_service(
    tmp_path: Path,
    requirements: list[Path],
    unreachable: str,
    capfd: pytest.CaptureFixture[str],
) -> None:
    write(tmp_path / "db.json", advisory(**since("2")), at=NOW - timedelta(days=30))
    assert audit.audit(requirements, tmp_path / "db.json", now=NOW, service=unreachable) == 0
    assert "30 days old" in capfd.readouterr().out


def test_without_database_and_service_one_line_says_so(
    tmp_path: Path,
    requirements: list[Path],
    unreachable: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert audit.audit(requirements, tmp_path / "none.json", now=NOW, service=unreachable) == 0
    assert len(capsys.readouterr().out.splitlines()) == 1


def test_the_database_holds_what_the_service_knows_of_the_pinned_packages(
    tmp_path: Path, requirements: list[Path]
) -> None:
    known = advisory(**since("0"))
    with audit.served({"example": [known], "other": [known]}) as url:
        audit.download(requirements, tmp_path / "db.json", url)
    content = json.loads((tmp_path / "db.json").read_text())
    assert content["advisories"] == {"example": [known]}
