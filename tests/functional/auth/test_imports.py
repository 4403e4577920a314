"""Accounts of an earlier system: their import, and the old passwords of their owners."""

from typing import Any
from unittest import mock

import bcrypt
import pytest

from auth.app import import_rows
from auth.rules import imported_passwords, passwords
from auth.store import imported_passwords as costs
from shared.data import tombstones
from shared.platform import clock
from tests.functional.auth.people import EMAIL, OTHER_PASSWORD, PASSWORD, People, outbox
from tests.support import aws_calls, streams

MARA, NOAH = "usr_00000000000000000000000001", "usr_00000000000000000000000002"


def row(**changes: Any) -> dict[str, Any]:
    """Return the row of an account."""
    hashed = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()
    return {
        "id": MARA,
        "email": EMAIL,
        "name": "Mara",
        "role": "artist",
        "createdAt": "2024-05-01T08:00:00Z",
        "passwordHash": hashed,
    } | changes


def send(*rows: dict[str, Any], dry_run: bool = False) -> list[dict[str, Any]]:
    """Import rows, and return what became of them."""
    request = {"kind": "users", "rows": rows, "dryRun": dry_run}
    results: list[dict[str, Any]] = import_rows(request, None)["results"]
    return results


def outcomes(*rows: dict[str, Any], dry_run: bool = False) -> list[tuple[str, str]]:
    """Import rows, and return each outcome with its reason."""
    return [(each["outcome"], each["reason"]) for each in send(*rows, dry_run=dry_run)]


def stored_hash() -> str:
    """Return the hash of Mara's account."""
    (item,) = (item for item in streams.items("auth") if item["sk"]["S"] == "PROFILE")
    found: str = item["password_hash"]["S"]
    return found


class TestImport:
    def test_the_second_import_changes_nothing(self, people: People) -> None:
        given = row()
        assert outcomes(given) == [("written", "")]
        (event,) = outbox()
        assert (event.type, event.data["imported"]) == ("user.verified", True)
        before = streams.items("auth")
        assert outcomes(given) == [("unchanged", "")]
        assert outcomes(given | {"name": "Another"}) == [("different", "")]
        assert streams.items("auth") == before

    def test_what_is_stored_is_answered(self, people: People) -> None:
        given = row()
        assert send(given)[0]["stored"] == given

    def test_a_dry_run_says_the_same_and_writes_nothing(self, people: People) -> None:
        assert outcomes(row(), dry_run=True) == [("written", "")]
        assert streams.items("auth") == []

    def test_rows_are_set_aside_with_their_reasons(self, people: People) -> None:
        people.sign_up("taken@example.com")
        tombstones.mark_deleted("usr_gone", clock.now())
        rows = [
            row(id="usr_1", email="taken@example.com"),
            row(id="usr_2", passwordHash="5f4dcc3b5aa765d61d8327deb882cf99"),
            row(id="usr_3", passwordHash=row()["passwordHash"].replace("$04$", "$13$")),
            row(id="usr_4", role="admin"),
            row(id="usr_gone", email="gone@example.com"),
            row(),
            row(id=NOAH),
        ]
        assert outcomes(*rows) == [
            ("set_aside", "The email address belongs to another account."),
            ("set_aside", "The hash of the password is none of bcrypt."),
            ("set_aside", "The hash of the password costs more than 12."),
            ("set_aside", "Invalid enum value 'admin' - at `$.role`"),
            ("set_aside", "The account was deleted here."),
            ("written", ""),
            ("set_aside", "The email address belongs to another account."),
        ]

    def test_an_address_that_is_taken_meanwhile_fails_alone(
        self, people: People, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        people.sign_up("taken@example.com")
        monkeypatch.setattr("auth.store.find_owned", lambda _addresses: set())
        rows = [row(id="usr_1", email="taken@example.com"), row()]
        assert [outcome for outcome, _ in outcomes(*rows)] == ["set_aside", "written"]


class TestPasswords:
    def test_an_owner_signs_in_once_by_bcrypt_and_then_by_argon2id(self, people: People) -> None:
        send(row())
        assert people.login().status_code == 200
        assert stored_hash().startswith("$argon2id$")
        assert people.login().status_code == 200
        assert outcomes(row()) == [("unchanged", "")]

    @pytest.mark.parametrize("version", ["2a", "2b", "2y"])
    def test_every_version_of_bcrypt_is_read(self, version: str) -> None:
        hashed = row()["passwordHash"].replace("$2b$", f"${version}$")
        assert passwords.matches(PASSWORD, hashed)
        assert not passwords.matches(OTHER_PASSWORD, hashed)

    def test_72_bytes_count_once(self, people: People) -> None:
        long = "ä" * 40
        send(row(passwordHash=bcrypt.hashpw(long.encode()[:72], bcrypt.gensalt(4)).decode()))
        assert people.login(password=long + "and more").status_code == 200
        assert people.login(password=long).status_code == 401

    def test_wrong_passwords_count_as_those_of_other_accounts(self, people: People) -> None:
        send(row())
        answers = [people.login(password=OTHER_PASSWORD) for _ in range(6)]
        other = people.from_elsewhere()
        other.sign_up("noah@example.com")
        others = [other.login("noah@example.com", OTHER_PASSWORD) for _ in range(6)]
        statuses = [answer.status_code for answer in answers]
        assert statuses == [answer.status_code for answer in others]
        assert 429 in statuses

    def test_wrong_ones_cost_the_same_whether_or_not_there_is_an_account(
        self, people: People, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Rounds of bcrypt and verifications of argon2id, of whichever kind the account is."""
        hashed = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(6)).decode()
        send(row(), row(id=NOAH, email="noah@example.com", passwordHash=hashed))
        people.sign_up("ours@example.com")
        spent: list[int] = []
        hashpw, verify = bcrypt.hashpw, passwords._verify

        def count_rounds(password: bytes, salt: bytes) -> bytes:
            spent.append(2 ** int(salt[4:6]))
            return hashpw(password, salt)

        def check(password: bytes, hashed: bytes) -> bool:
            return count_rounds(password, hashed) == hashed

        def count_verification(password: str, phc: str) -> bool:
            spent.append(0)
            return verify(password, phc)

        monkeypatch.setattr(bcrypt, "hashpw", count_rounds)
        monkeypatch.setattr(bcrypt, "checkpw", check)
        monkeypatch.setattr(passwords, "_verify", count_verification)
        costs.forget()
        for email in (EMAIL, "noah@example.com", "ours@example.com", "nobody@example.com"):
            spent.clear()
            with aws_calls.counted() as calls:
                people.login(email, OTHER_PASSWORD)
            assert (sum(spent), spent.count(0)) == (2**6, 1), email
            assert calls["dynamodb:TransactWriteItems"] == 1

    def test_a_hash_that_was_replaced_meanwhile_is_left_alone(self, people: People) -> None:
        send(row())
        with mock.patch.object(passwords, "hash_password", return_value="$argon2id$other"):
            user = people.login()
        assert user.status_code == 200
        stale = mock.Mock(pk=f"USER#{MARA}", sk="PROFILE", password_hash="$2b$stale")
        costs.replace_hash(stale, "$argon2id$late")
        assert stored_hash() == "$argon2id$other"

    def test_only_hashes_of_bcrypt_have_a_cost(self) -> None:
        assert imported_passwords.read_cost(row()["passwordHash"]) == 4
        for other in (None, "", "$2b$04$short", passwords._UNMATCHABLE, "$2x$04$" + "a" * 53):
            assert imported_passwords.read_cost(other) is None
