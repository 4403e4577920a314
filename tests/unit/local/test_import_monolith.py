"""What an import of an earlier system's dump reads, converts and remembers; no feature is asked."""

import json
import re
import tracemalloc
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from infra.local.settings import StackError
from infra.operate.import_monolith import importing
from infra.operate.import_monolith.columns import COLUMNS, KINDS, RowError, parse
from infra.operate.import_monolith.conversions import hash_row
from infra.operate.import_monolith.dumps import Dump, Line
from infra.operate.import_monolith.importing import OWNERS, Import
from infra.paths import ROOT

AT = "2024-05-01 08:00:00"


class Echo:
    """Stores every row, and fails now and then."""

    def __init__(self) -> None:
        self.failing = 0
        self.kinds: list[str] = []

    def ask(self, function: str, **question: Any) -> dict[str, Any]:
        """Answer that each row was written as it is."""
        if self.failing:
            self.failing -= 1
            raise StackError("It failed.")
        self.kinds.append(question["kind"])
        rows = question["rows"]
        return {
            "results": [
                {"id": row["id"], "outcome": "written", "reason": "", "stored": row} for row in rows
            ]
        }


class NoImages:
    """Takes no images."""

    def put(self, file_id: str, path: Path, content_type: str) -> None:
        """Fail."""
        raise AssertionError


def run(folder: Path, echo: Echo, waits: list[float] | None = None, dump: Any = None) -> list[str]:
    """Import a dump, and return the lines about it."""
    sleep = ([] if waits is None else waits).append
    return list(Import(echo, NoImages(), dump or Dump(folder), "test", sleep=sleep).run())


def write_users(path: Path, count: int) -> None:
    """Write a file of users as CSV."""
    with path.open("w") as file:
        file.write("id,email,name,password,role,createdAt\n")
        for number in range(count):
            file.write(f"{number},user{number}@example.com,User {number},,client,{AT}\n")


def test_the_documentation_describes_every_column() -> None:
    text = (ROOT / "docs/import.md").read_text()
    for kind, columns in COLUMNS.items():
        section = re.split(r"^#+ ", text.partition(f"### {kind}\n")[2], flags=re.MULTILINE)[0]
        rows = re.findall(r"^\| (\w+) \| (\w+) \| (yes|no) \|", section, re.MULTILINE)
        documented = [(name, type_, required == "yes") for name, type_, required in rows]
        expected = [(column.name, column.type, column.required) for column in columns]
        assert documented == expected, kind
        (example,) = re.findall(r"^`(\{.*\})`$", section, re.MULTILINE)
        assert parse(kind, json.loads(example)), kind


def test_every_kind_has_a_feature_that_imports_it() -> None:
    assert set(OWNERS) == set(KINDS)


@pytest.mark.parametrize(
    ("value", "instant"),
    [
        ("2024-05-01 08:00:00", datetime(2024, 5, 1, 8, tzinfo=UTC)),
        ("2024-05-01T10:00:00.1239+02:00", datetime(2024, 5, 1, 8, 0, 0, 123_000, tzinfo=UTC)),
        ("2024-05-01T08:00:00Z", datetime(2024, 5, 1, 8, tzinfo=UTC)),
        (1714550400, datetime(2024, 5, 1, 8, tzinfo=UTC)),
        ("1714550400000", datetime(2024, 5, 1, 8, tzinfo=UTC)),
    ],
)
def test_instants_are_read_in_every_form(value: Any, instant: datetime) -> None:
    row = {"id": 1, "artistId": 1, "clientId": 2, "createdAt": value}
    assert parse("conversations", row)["createdAt"] == instant


def test_values_are_read_by_their_types() -> None:
    row = {
        "id": 7, "artistId": "1", "clientId": "2", "startTime": AT, "endTime": AT, "price": "120.5",
        "status": "confirmed", "depositPaid": "1", "createdAt": AT, "title": "NULL",
    }  # fmt: skip
    values = parse("appointments", row)
    assert (values["id"], values["price"], values["depositPaid"]) == ("7", Decimal("120.5"), True)
    assert values["title"] is values["depositAmount"] is None
    consultation = {
        "id": 1, "artistId": 1, "clientId": 2, "subject": "x", "status": "pending",
        "createdAt": AT, "preferredDate": "2026-12-24 00:00:00",
    }  # fmt: skip
    assert parse("consultations", consultation)["preferredDate"] == date(2026, 12, 24)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"price": "a lot"}, "price is no number: 'a lot'"),
        ({"price": "NaN"}, "price is no number: 'NaN'"),
        ({"depositPaid": "maybe"}, "depositPaid is no flag: 'maybe'"),
        ({"startTime": "yesterday"}, "startTime is no instant: 'yesterday'"),
        ({"startTime": "9" * 30}, "startTime is no instant"),
        ({"status": "\\N"}, "status is missing"),
    ],
)
def test_what_is_malformed_names_its_column(changes: dict[str, Any], reason: str) -> None:
    row = {
        "id": 7, "artistId": "1", "clientId": "2", "startTime": AT, "endTime": AT,
        "status": "confirmed", "createdAt": AT,
    }  # fmt: skip
    with pytest.raises(RowError, match=re.escape(reason)):
        parse("appointments", row | changes)


def test_lines_that_cannot_be_read_are_set_aside(tmp_path: Path) -> None:
    user = {"id": 1, "email": "a@example.com", "name": "A", "role": "client", "createdAt": AT}
    (tmp_path / "users.jsonl").write_text(f"{json.dumps(user)}\n{{broken\n\n[1]\n")
    (tmp_path / "conversations.csv").write_text("id,artistId\n1\n1,2,3\n")
    run(tmp_path, Echo())
    lines = (tmp_path / "import-test" / "set-aside.jsonl").read_text().splitlines()
    found = [(row["kind"], row["row"], row["reason"]) for row in map(json.loads, lines)]
    assert found == [
        ("users", 2, "is no JSON"),
        ("users", 3, "is no JSON object"),
        ("conversations", 1, "has not a value per column"),
        ("conversations", 2, "has not a value per column"),
    ]


def test_rows_that_are_no_text_are_set_aside_alone(tmp_path: Path) -> None:
    user = f'{{"id": 1, "name": "A", "role": "client", "createdAt": "{AT}", "email": "a@b.example"'
    lines = [f"{user}}}", f'{user}, "x": "\udcff"}}', f'{user}, "x": "\\ud800"}}', f"{user}}}"]
    text = "\n".join(lines).replace('"id": 1', '"id": %d') % (1, 2, 3, 4)
    (tmp_path / "users.jsonl").write_bytes(text.encode(errors="surrogateescape"))
    header = b"id,artistId,clientId,createdAt\n"
    (tmp_path / "conversations.csv").write_bytes(
        header + f"1,\udcff,4,{AT}\n".encode(errors="surrogateescape") + b'2,"1"x,4,\n3,9,4,1\n'
    )
    assert run(tmp_path, Echo())[0].startswith("users: 4 read, 2 written")
    lines = (tmp_path / "import-test" / "set-aside.jsonl").read_text().splitlines()
    found = [(row["kind"], row["row"], row["reason"]) for row in map(json.loads, lines)]
    assert found == [
        ("users", 2, "is no JSON"),
        ("users", 3, "is not in UTF-8"),
        ("conversations", 1, "is not in UTF-8"),
        ("conversations", 2, "is no CSV: ',' expected after '\"'"),
        ("conversations", 3, "artistId 9 is in no row of users"),
    ]


def write_appointments(folder: Path, prices: dict[int, str]) -> None:
    """Write a dump of appointments at the same time, by their ids."""
    people = [(1, "artist"), (2, "client")]
    (folder / "users.jsonl").write_text(
        "".join(
            json.dumps(
                {"id": id_, "email": "a@b.example", "name": "A", "role": role, "createdAt": AT}
            )
            + "\n"
            for id_, role in people
        )
    )
    booked = {"artistId": 1, "clientId": 2, "startTime": AT, "endTime": "2024-05-01 09:00:00"}
    rest = {"status": "confirmed", "currency": "EUR", "createdAt": AT}
    (folder / "appointments.jsonl").write_text(
        "".join(
            json.dumps({"id": id_, "price": price, **booked, **rest}) + "\n"
            for id_, price in prices.items()
        )
    )


def list_set_aside(folder: Path) -> list[tuple[str, str]]:
    """Return the rows that were set aside with the reasons."""
    lines = (folder / "import-test" / "set-aside.jsonl").read_text().splitlines()
    return [(row["id"], row["reason"]) for row in map(json.loads, lines)]


def test_an_appointment_that_was_set_aside_takes_no_time_from_others(tmp_path: Path) -> None:
    write_appointments(tmp_path, {1: "10.001", 2: "10", 3: "10"})
    run(tmp_path, Echo())
    assert list_set_aside(tmp_path) == [
        ("1", "10.001 is no amount of EUR"),
        ("3", "overlaps the appointment 2 of the same artist"),
    ]


@pytest.mark.parametrize("together", [1, 4])
def test_nor_does_one_that_the_feature_refuses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, together: int
) -> None:
    """Whether it was sent with them or before them."""
    monkeypatch.setattr(importing, "BATCH", together)
    write_appointments(tmp_path, {1: "11", 2: "12", 3: "10", 4: "10"})

    class Refusing(Echo):
        def ask(self, function: str, **question: Any) -> dict[str, Any]:
            answer = super().ask(function, **question)
            for result in answer["results"]:
                if result["stored"].get("price", {}).get("amount") in (1_100, 1_200):
                    result |= {"outcome": "set_aside", "reason": "is dear", "stored": None}
            return answer

    run(tmp_path, Refusing())
    assert list_set_aside(tmp_path) == [
        ("1", "is dear"),
        ("2", "is dear"),
        ("4", "overlaps the appointment 3 of the same artist"),
    ]


def test_a_dump_of_the_same_size_is_another_one(tmp_path: Path) -> None:
    write_appointments(tmp_path, {1: "10"})
    before = Dump(tmp_path).fingerprint()
    write_appointments(tmp_path, {1: "20"})
    assert Dump(tmp_path).fingerprint() != before


def test_what_is_written_beside_the_dump_is_for_its_owner_and_holds_no_secrets(
    tmp_path: Path,
) -> None:
    user = {"id": 1, "email": "a@b.example", "name": "A", "role": "king", "createdAt": AT}
    secrets = {"password": "$2b$1", "resetToken": "tok-1"}
    (tmp_path / "users.jsonl").write_text(json.dumps(user | secrets) + "\n")
    run(tmp_path, Echo())
    folder = tmp_path / "import-test"
    assert folder.stat().st_mode & 0o077 == 0
    (row,) = map(json.loads, (folder / "set-aside.jsonl").read_text().splitlines())
    assert row["values"] == user | {"password": "…", "resetToken": "…"}


def test_a_dry_run_leaves_the_notes_of_the_import(tmp_path: Path) -> None:
    user = {"id": 1, "email": "a@b.example", "name": "A", "role": "admin", "createdAt": AT}
    (tmp_path / "users.jsonl").write_text(json.dumps(user) + "\n")
    run(tmp_path, Echo())
    notes = tmp_path / "import-test" / "notes.jsonl"
    noted = notes.read_text()
    assert "administrator" in noted
    (tmp_path / "users.jsonl").write_text("")
    list(Import(Echo(), NoImages(), Dump(tmp_path), "test", dry_run=True).run())
    assert notes.read_text() == noted


def test_the_second_row_of_an_id_is_set_aside(tmp_path: Path) -> None:
    user = {"id": 1, "email": "a@example.com", "name": "A", "role": "client", "createdAt": AT}
    (tmp_path / "users.jsonl").write_text(f"{json.dumps(user)}\n" * 2)
    for _ in range(2):
        lines = run(tmp_path, Echo())
        assert lines[0].startswith("users: 2 read, 1 written, ")
        assert "1 set aside" in lines[0]


def test_ids_are_the_same_wherever_a_dump_is_imported(tmp_path: Path) -> None:
    found = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        write_users(tmp_path / name / "users.csv", 3)
        run(tmp_path / name, Echo())
        found.append((tmp_path / name / "import-test" / "report.json").read_text())
    assert found[0] == found[1]


def test_a_batch_that_failed_is_sent_again(tmp_path: Path) -> None:
    write_users(tmp_path / "users.csv", 3)
    echo, waits = Echo(), list[float]()
    echo.failing = 2
    assert run(tmp_path, echo, waits)[0].startswith("users: 3 read, 3 written")
    assert waits == [2, 4]
    echo.failing = importing.ATTEMPTS
    with pytest.raises(StackError):
        run(tmp_path, echo)


def test_a_dump_that_changed_meanwhile_is_imported_from_its_beginning(tmp_path: Path) -> None:
    write_users(tmp_path / "users.csv", 3)
    echo = Echo()
    echo.failing = importing.ATTEMPTS
    with pytest.raises(StackError):
        run(tmp_path, echo)
    write_users(tmp_path / "users.csv", 4)
    assert run(tmp_path, echo)[0].startswith("users: 4 read")


def test_a_folder_without_files_is_refused(tmp_path: Path) -> None:
    for folder, reason in ((tmp_path, "has no file"), (tmp_path / "none", "is no folder")):
        with pytest.raises(StackError, match=reason):
            run(folder, Echo())
    write_users(tmp_path / "users.csv", 1)
    (tmp_path / "users.jsonl").write_text("")
    with pytest.raises(StackError, match="two files"):
        run(tmp_path, Echo())


def test_the_hash_of_a_row_ignores_order_and_what_is_empty() -> None:
    assert hash_row({"a": 1, "b": {"c": None, "d": 2}}) == hash_row(
        {"b": {"d": 2}, "a": 1, "e": ""}
    )
    assert hash_row({"a": 1}) != hash_row({"a": 2})


class Generated(Dump):
    """A dump whose users are generated, so that only the import uses memory."""

    count = 0

    def find_files(self) -> dict[str, Path]:
        """Return the one kind."""
        return {"users": self.folder}

    def fingerprint(self) -> str:
        """Return what it is named by."""
        return str(self.count)

    def read(self, kind: str, after: int = 0) -> Iterator[Line]:
        """Generate rows."""
        for number in range(after + 1, self.count + 1):
            user = {"id": number, "email": f"u{number}@example.com", "name": "A", "role": "client"}
            yield Line(number, user | {"createdAt": AT})


def test_memory_does_not_grow_with_the_rows(tmp_path: Path) -> None:
    peaks: list[int] = []
    for count in (200, 200, 1000):  # the first run imports what the others use too
        folder = tmp_path / f"{len(peaks)}"
        folder.mkdir()
        dump = Generated(folder)
        object.__setattr__(dump, "count", count)
        tracemalloc.start()
        run(folder, Echo(), dump=dump)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[2] < peaks[1] * 1.3
