"""The hash chain: valid as it was created, broken exactly where anything was changed."""

from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import msgspec
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from policies.rules import hash_chain
from policies.rules.hash_chain import (
    EMPTY_HEAD,
    GENESIS,
    Head,
    Link,
    Signatory,
    Statement,
    Verification,
)

ARTIST = "usr_01JD2ZK5V7M0Q4X8T6N3R9W1YB"
NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Chain:
    links: list[Link]
    head: Head

    def verify(self) -> Verification:
        return hash_chain.verify(ARTIST, self.head, self.links)


def statement(number: int, previous: str, commitment: str) -> Statement:
    return Statement(
        acceptance_id=f"acc_{number}",
        artist_id=ARTIST,
        number=number,
        previous=previous,
        version_id="pol_1",
        text_hash="ab",
        appointment_id=None,
        accepted_at=NOON,
        commitment=commitment,
    )


def signatory(number: int) -> str:
    return hash_chain.encode_canonical(Signatory(f"usr_{number}", "198.51.100.7", "browser", "Ada"))


def chain_of(count: int) -> Chain:
    links: list[Link] = []
    head = EMPTY_HEAD
    for number in range(1, count + 1):
        salt = f"salt {number}"
        committed = hash_chain.compute_commitment(signatory(number), salt)
        links.append(
            hash_chain.create_link(statement(number, head.hash, committed), signatory(number), salt)
        )
        head = Head(number, links[-1].hash)
    return Chain(links, head)


def replace(link: Link, **changes: Any) -> Link:
    return msgspec.structs.replace(link, **changes)


COUNT = 5
NUMBERS = st.integers(1, COUNT)


@pytest.mark.parametrize("count", [0, 1, 2, 50])
def test_an_unchanged_chain_is_valid(count: int) -> None:
    chain = chain_of(count)
    assert chain.verify() == Verification(count, chain.head.hash, None)


def test_the_first_link_follows_nothing() -> None:
    (link,) = chain_of(1).links
    assert hash_chain.decode_statement(link).previous == GENESIS == "0" * 64


def test_anyone_can_compute_a_link() -> None:
    link = chain_of(1).links[0]
    assert link.hash == sha256(link.statement.encode()).hexdigest()
    committed = sha256(f"{link.salt}\n{link.signatory}".encode()).hexdigest()
    assert hash_chain.decode_statement(link).commitment == committed
    assert link.statement == (
        '{"acceptanceId":"acc_1","acceptedAt":"2026-11-22T12:00:00Z","appointmentId":null,'
        f'"artistId":"{ARTIST}","commitment":"{committed}","number":1,"previous":"{GENESIS}",'
        '"textHash":"ab","versionId":"pol_1"}'
    )
    assert link.signatory == (
        '{"ip":"198.51.100.7","signature":"Ada","userAgent":"browser","userId":"usr_1"}'
    )


@given(NUMBERS, st.sampled_from(["statement", "hash", "signatory", "salt"]), st.data())
def test_any_changed_character_breaks_the_chain_at_its_link(
    number: Any, field: Any, data: Any
) -> None:
    chain = chain_of(COUNT)
    text = getattr(chain.links[number - 1], field)
    at = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.characters(codec="utf-8"))
    edited = data.draw(st.sampled_from([text[:at] + other + text[at + 1 :], text[:at]]))
    assume(edited != text)
    chain.links[number - 1] = replace(chain.links[number - 1], **{field: edited})
    result = chain.verify()
    assert (result.broken_at, result.count) == (number, number - 1)


def test_any_flipped_bit_breaks_the_chain_at_its_link() -> None:
    chain = chain_of(COUNT)
    right = chain.links[2]
    for field in ("statement", "hash", "signatory", "salt"):
        text = getattr(right, field)
        for at in range(len(text)):
            for bit in range(7):
                edited = text[:at] + chr(ord(text[at]) ^ 1 << bit) + text[at + 1 :]
                chain.links[2] = replace(right, **{field: edited})
                assert chain.verify().broken_at == 3, (field, at)


@given(NUMBERS)
def test_a_removed_link_breaks_the_chain_there(number: Any) -> None:
    chain = chain_of(COUNT)
    del chain.links[number - 1]
    assert chain.verify().broken_at == number


@given(NUMBERS)
def test_links_removed_at_the_end_are_detected_by_the_head(number: Any) -> None:
    chain = chain_of(COUNT)
    del chain.links[number - 1 :]
    assert chain.verify().broken_at == number


@given(NUMBERS, NUMBERS)
def test_swapped_links_break_the_chain(one: Any, other: Any) -> None:
    assume(one != other)
    chain = chain_of(COUNT)
    links = chain.links
    links[one - 1], links[other - 1] = links[other - 1], links[one - 1]
    assert chain.verify().broken_at == min(one, other)


@given(NUMBERS)
def test_a_forged_link_breaks_the_next_one(number: Any) -> None:
    """Forging a link with all its hashes requires forging every later one, and the head."""
    chain = chain_of(COUNT)
    old = hash_chain.decode_statement(chain.links[number - 1])
    committed = hash_chain.compute_commitment(signatory(number), "x")
    forged = msgspec.structs.replace(old, text_hash="cd", commitment=committed)
    chain.links[number - 1] = hash_chain.create_link(forged, signatory(number), "x")
    assert chain.verify().broken_at == min(number + 1, COUNT)


@pytest.mark.parametrize(
    "changes",
    [{"number": 2}, {"artist_id": "usr_2"}, {"previous": "1" * 64}, {"commitment": "0" * 64}],
    ids=str,
)
def test_a_first_link_from_another_place_is_not_valid(changes: Any) -> None:
    committed = hash_chain.compute_commitment(signatory(1), "salt")
    right = statement(1, GENESIS, committed)
    link = hash_chain.create_link(msgspec.structs.replace(right, **changes), signatory(1), "salt")
    link = replace(link, number=1)  # the number it is stored under
    assert hash_chain.verify(ARTIST, Head(1, link.hash), [link]).broken_at == 1


def test_a_link_under_another_number_is_not_valid() -> None:
    chain = chain_of(2)
    chain.links[1] = replace(chain.links[1], number=3)
    assert chain.verify().broken_at == 2


def test_a_link_without_a_statement_is_not_valid() -> None:
    for text in ("", "{", "{}", "null", "[]"):
        link = Link(1, text, sha256(text.encode()).hexdigest(), None, None)
        assert hash_chain.verify(ARTIST, Head(1, link.hash), [link]).broken_at == 1


@pytest.mark.parametrize(
    ("head", "broken_at"),
    [
        (Head(5, GENESIS), 5),
        (Head(6, GENESIS), 6),
        (Head(4, GENESIS), 5),
        (Head(0, GENESIS), 5),
        (Head(0, ""), 5),
    ],
)
def test_a_head_that_is_not_the_last_link_is_detected(head: Any, broken_at: int) -> None:
    assert hash_chain.verify(ARTIST, head, chain_of(COUNT).links).broken_at == broken_at


def test_a_changed_head_of_an_empty_chain_is_detected() -> None:
    assert hash_chain.verify(ARTIST, Head(0, ""), []) == Verification(0, GENESIS, 1)
    assert hash_chain.verify(ARTIST, Head(3, "ab"), []) == Verification(0, GENESIS, 1)


@given(st.sets(NUMBERS))
def test_signatories_can_be_erased_and_the_chain_is_still_valid(numbers: Any) -> None:
    chain = chain_of(COUNT)
    for number in numbers:
        chain.links[number - 1] = replace(chain.links[number - 1], signatory=None, salt=None)
    assert chain.verify().broken_at is None
    for link in chain.links:
        assert (hash_chain.decode_signatory(link) is None) == (link.number in numbers)


@pytest.mark.parametrize("field", ["signatory", "salt"])
def test_a_half_erased_link_is_not_valid(field: str) -> None:
    chain = chain_of(COUNT)
    chain.links[2] = replace(chain.links[2], **{field: None})
    assert chain.verify().broken_at == 3


def test_an_erased_signatory_cannot_be_recovered() -> None:
    """The same signatory has another commitment each time, and nothing else of them remains."""
    statements = [hash_chain.decode_statement(link) for link in chain_of(2).links]
    assert statements[0].commitment != statements[1].commitment
    same = [hash_chain.compute_commitment(signatory(1), salt) for salt in ("one", "other")]
    assert same[0] != same[1]
    assert "usr_1" not in msgspec.json.encode(statements[0]).decode().replace(ARTIST, "")
