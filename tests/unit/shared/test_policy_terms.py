"""Terms of policies: consistent rules, parsable ids, versions that never change, exact costs."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.money import format_money
from domain.policy_terms import (
    DEFAULTS,
    DEFAULTS_PUBLISHED_AT,
    Action,
    AgeRules,
    CancellationRules,
    Clause,
    ConsentRules,
    Cost,
    DepositRules,
    DesignRules,
    Fee,
    Fixed,
    ImageRightsRules,
    LateArrivalRules,
    NoShowRules,
    Percent,
    PolicyKind,
    RescheduleRules,
    Rules,
    Situation,
    Terms,
    Tier,
    amount_of,
    default_versions,
    digest,
    evaluate,
    evaluate_by_artist,
    first_number,
    form_of,
    forms_in_force,
    in_force,
    kind_of,
    owner_of_service,
    parse_version_id,
    text_hash,
    version_id,
)

ULID, OTHER_ULID = "01JD2ZK5V7M0Q4X8T6N3R9W1YB", "01JD30A1B2C3D4E5F6G7H8J9KM"
ARTIST, OTHER_ARTIST = f"usr_{ULID}", f"usr_{OTHER_ULID}"
SERVICE, OTHER_SERVICE = f"svc_{ULID}_{OTHER_ULID}", f"svc_{ULID}_{ULID}"
START = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
HALF = Percent(50)


def terms_of(
    rules: Rules, *, number: int = 2, artist: str = ARTIST, service: str | None = None
) -> Terms:
    kind, form = kind_of(rules), form_of(rules)
    return Terms(
        artist_id=artist,
        service_id=service,
        kind=kind,
        number=number,
        version_id=version_id(artist, service, kind, number, form),
        text_hash=text_hash("What holds."),
        rules=rules,
        published_at=START,
    )


def bound(*rules: Rules) -> dict[PolicyKind, Terms]:
    return {kind_of(one): terms_of(one) for one in rules}


def situation(**changes: Any) -> Situation:
    default = Situation(price=10_000, currency="EUR", starts_at=START)
    return msgspec.structs.replace(default, **changes)


def hours_left(hours: float) -> datetime:
    return START - timedelta(hours=hours)


# ---- rules -------------------------------------------------------------------------------------

VALID: list[dict[str, Any]] = [
    {
        "type": "deposit",
        "deposit": {"type": "percent", "percent": 50},
        "refundableUntilHours": 48,
    },
    {
        "type": "deposit",
        "deposit": {"type": "fixed", "amount": 5000},
        "refundableUntilHours": None,
    },
    {
        "type": "deposit",
        "deposit": {"type": "percent", "percent": 50},
        "refundableUntilHours": 48,
        "dueWithinHours": 1,
        "whenUnpaid": "keep",
    },
    {"type": "design", "includedRevisions": 2},
    {
        "type": "design",
        "includedRevisions": 0,
        "extraRevisionFee": {"type": "fixed", "amount": 2500},
    },
    {
        "type": "reschedule",
        "tiers": [
            {"hoursBefore": 72, "fee": {"type": "percent", "percent": 30}},
            {"hoursBefore": 24, "fee": {"type": "fixed", "amount": 1}},
            {"hoursBefore": 0, "fee": {"type": "percent", "percent": 30}},
        ],
        "freeCount": 0,
        "feeWhenUsedUp": {"type": "percent", "percent": 100},
    },
    {"type": "reschedule", "tiers": []},
    {"type": "cancellation", "tiers": []},
    {"type": "late_arrival", "graceMinutes": 15, "fee": {"type": "fixed", "amount": 0}},
    {
        "type": "late_arrival",
        "graceMinutes": 0,
        "fee": {"type": "percent", "percent": 0},
        "cancelledAfterMinutes": 1,
    },
    {"type": "no_show", "fee": {"type": "percent", "percent": 100}},
    {"type": "age", "minimumAge": 18},
    {"type": "age", "minimumAge": 18, "guardianConsentFrom": 16},
    {"type": "image_rights", "portfolio": True, "socialMedia": False},
    {"type": "consent", "form": "tattoo-waiver-2", "title": "Waiver"},
    {"type": "consent", "form": "a", "title": "A", "requiresSignature": False},
]
FEE = {"type": "percent", "percent": 50}
INVALID: list[dict[str, Any]] = [
    {},
    {"type": "nonsense"},
    {"type": "deposit", "deposit": FEE},
    {"type": "deposit", "deposit": FEE, "refundableUntilHours": -1},
    {"type": "deposit", "deposit": FEE, "refundableUntilHours": 48.5},
    {"type": "deposit", "deposit": {"type": "percent", "percent": 101}, "refundableUntilHours": 1},
    {"type": "deposit", "deposit": {"type": "percent", "percent": -1}, "refundableUntilHours": 1},
    {"type": "deposit", "deposit": {"type": "fixed", "amount": -1}, "refundableUntilHours": 1},
    {"type": "deposit", "deposit": {"type": "fixed", "percent": 1}, "refundableUntilHours": 1},
    {"type": "deposit", "deposit": {"percent": 1}, "refundableUntilHours": 1},
    {"type": "deposit", "deposit": FEE, "refundableUntilHours": 48, "surprise": 1},
    {"type": "deposit", "deposit": FEE, "refundableUntilHours": 48, "dueWithinHours": 0},
    {"type": "deposit", "deposit": FEE, "refundableUntilHours": 48, "dueWithinHours": 8785},
    {"type": "deposit", "deposit": FEE, "refundableUntilHours": 48, "whenUnpaid": "forfeit"},
    {"type": "design", "includedRevisions": -1},
    {"type": "cancellation"},
    {"type": "cancellation", "tiers": [{"hoursBefore": 24}]},
    {"type": "cancellation", "tiers": [{"hoursBefore": 24, "fee": FEE, "free": True}]},
    {"type": "cancellation", "tiers": [{"hoursBefore": 24, "fee": FEE}] * 2},
    {
        "type": "cancellation",
        "tiers": [{"hoursBefore": 24, "fee": FEE}, {"hoursBefore": 48, "fee": FEE}],
    },
    {
        "type": "cancellation",
        "tiers": [
            {"hoursBefore": 48, "fee": FEE},
            {"hoursBefore": 24, "fee": {"type": "percent", "percent": 49}},
        ],
    },
    {
        "type": "reschedule",
        "tiers": [
            {"hoursBefore": 48, "fee": {"type": "fixed", "amount": 100}},
            {"hoursBefore": 24, "fee": {"type": "fixed", "amount": 99}},
        ],
    },
    {"type": "cancellation", "tiers": [{"hoursBefore": 50 - n, "fee": FEE} for n in range(11)]},
    {"type": "reschedule", "tiers": [], "freeCount": 1},
    {"type": "reschedule", "tiers": [], "feeWhenUsedUp": FEE},
    {"type": "late_arrival", "graceMinutes": 15},
    {"type": "late_arrival", "graceMinutes": 15, "fee": FEE, "cancelledAfterMinutes": 15},
    {"type": "no_show"},
    {"type": "age", "minimumAge": 121},
    {"type": "age", "minimumAge": 18, "guardianConsentFrom": 18},
    {"type": "image_rights", "portfolio": "yes", "socialMedia": False},
    {"type": "consent", "form": "Waiver", "title": "A"},
    {"type": "consent", "form": "waiver\n", "title": "A"},
    {"type": "consent", "form": "-waiver", "title": "A"},
    {"type": "consent", "form": "a" * 41, "title": "A"},
    {"type": "consent", "form": "waiver", "title": ""},
    {"type": "consent", "title": "A"},
]


@pytest.mark.parametrize("body", VALID, ids=str)
def test_valid_rules_are_decoded_by_their_kind_and_encoded_again(body: Any) -> None:
    rules = msgspec.convert(body, Rules)
    assert kind_of(rules) == body["type"]
    written = msgspec.json.decode(msgspec.json.encode(rules))
    assert {name: written[name] for name in body} == body


def test_every_kind_has_its_rules() -> None:
    assert {kind_of(msgspec.convert(body, Rules)) for body in VALID} == set(PolicyKind)


@pytest.mark.parametrize("body", INVALID, ids=str)
def test_rules_that_contradict_themselves_are_refused(body: Any) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(body, Rules)


def test_terms_only_accept_rules_of_their_kind() -> None:
    with pytest.raises(ValueError, match="another kind"):
        msgspec.structs.replace(terms_of(NoShowRules(HALF)), kind=PolicyKind.CANCELLATION)


# ---- ids ---------------------------------------------------------------------------------------

ULIDS = st.text("0123456789ABCDEFGHJKMNPQRSTVWXYZ", min_size=25, max_size=25).map("0".__add__)
SLUGS = st.lists(st.text("abc019", min_size=1, max_size=6), min_size=1, max_size=4).map("-".join)


@st.composite
def named_versions(draw: st.DrawFn) -> tuple[str, str | None, PolicyKind, int, str | None]:
    artist, kind = draw(ULIDS), draw(st.sampled_from(PolicyKind))
    service = draw(st.none() | ULIDS.map(lambda own: f"svc_{artist}_{own}"))
    form = draw(SLUGS) if kind is PolicyKind.CONSENT else None
    return f"usr_{artist}", service, kind, draw(st.integers(1, 999_999)), form


@given(named_versions())
def test_an_id_can_be_parsed_back(version: Any) -> None:
    parsed = parse_version_id(version_id(*version))
    assert parsed is not None
    named = (parsed.artist_id, parsed.service_id, parsed.kind, parsed.number, parsed.form)
    assert named == version


@given(named_versions(), named_versions())
def test_two_versions_never_share_an_id(one: Any, other: Any) -> None:
    assert (version_id(*one) == version_id(*other)) == (one == other)


def test_ids_have_the_documented_form() -> None:
    assert version_id(ARTIST, None, PolicyKind.NO_SHOW, 7) == f"pol_{ULID}_no_show_7"
    override = version_id(ARTIST, SERVICE, PolicyKind.CANCELLATION, 1)
    assert override == f"pol_{ULID}_{OTHER_ULID}_cancellation_1"
    form = version_id(ARTIST, None, PolicyKind.CONSENT, 3, "tattoo-waiver")
    assert form == f"pol_{ULID}_consent-tattoo-waiver_3"


MALFORMED = [
    "",
    "pol_",
    f"pol_{ULID}",
    f"pol_{ULID}_1",
    f"pol_{ULID}_deposit",
    f"pol_{ULID}_deposit_",
    f"pol_{ULID}_deposit_0",
    f"pol_{ULID}_deposit_01",
    f"pol_{ULID}_deposit_-1",
    f"pol_{ULID}_deposit_1000000",
    f"pol_{ULID}_deposit_1\n",
    f"pol_{ULID}_deposit_\u0661",
    f"pol_{ULID}_deposit-x_1",
    f"pol_{ULID}_deposits_1",
    f"pol_{ULID}_DEPOSIT_1",
    f"pol_{ULID.lower()}_deposit_1",
    f"pol_8{ULID[1:]}_deposit_1",
    f"pol_{ULID[:-1]}I_deposit_1",
    f"pol_{ULID}_{ULID}_{ULID}_deposit_1",
    f"pol_usr_{ULID}_deposit_1",
    f"pol_{ULID}_consent_1",
    f"pol_{ULID}_consent-_1",
    f"pol_{ULID}_consent-a--b_1",
    f"pol_{ULID}_consent-{'a' * 41}_1",
    f"usr_{ULID}_deposit_1",
    f" pol_{ULID}_deposit_1",
]


@pytest.mark.parametrize("text", MALFORMED)
def test_malformed_ids_are_not_parsed(text: Any) -> None:
    assert parse_version_id(text) is None


@given(st.text())
def test_parsing_never_fails(text: Any) -> None:
    parsed = parse_version_id(text)
    assert parsed is None or str(parsed) == text


@pytest.mark.parametrize(
    "parts",
    [
        ("usr_1", None, PolicyKind.DEPOSIT, 1),
        (ULID, None, PolicyKind.DEPOSIT, 1),
        (f"{ARTIST}\n", None, PolicyKind.DEPOSIT, 1),
        (ARTIST, "svc_1", PolicyKind.DEPOSIT, 1),
        (ARTIST, f"svc_{OTHER_ULID}_{ULID}", PolicyKind.DEPOSIT, 1),
        (ARTIST, None, PolicyKind.DEPOSIT, 0),
        (ARTIST, None, PolicyKind.DEPOSIT, 1_000_000),
        (ARTIST, None, PolicyKind.DEPOSIT, 1, "form"),
        (ARTIST, None, PolicyKind.CONSENT, 1),
        (ARTIST, None, PolicyKind.CONSENT, 1, "No slug"),
        (ARTIST, None, PolicyKind.CONSENT, 1, ""),
    ],
    ids=str,
)
def test_no_id_is_created_from_malformed_ids(parts: Any) -> None:
    with pytest.raises(ValueError, match="not a"):
        version_id(*parts)


def test_a_services_id_names_its_artist() -> None:
    assert owner_of_service(SERVICE) == ARTIST
    for nonsense in ("", "svc_1", f"svc_{ULID}", f"{SERVICE}\n", f"usr_{ULID}_{ULID}", ARTIST):
        assert owner_of_service(nonsense) is None


# ---- defaults and what is in force -------------------------------------------------------------

# Bookings are bound to these forever, and they are stored nowhere: a test that fails here means
# that a promise was broken, not that the test is outdated.
PINNED = {
    PolicyKind.DEPOSIT: "849d2c7ac7863a25b8b1e2a0c206f88260c9dc62980fe783ecede74a3fc05b3a",
    PolicyKind.DESIGN: "74497f7d1f4054cfd81f91e76e3af38266e133283ca8bb27277c4b9ed303f5ca",
    PolicyKind.RESCHEDULE: "9b08d4586ab2264c21876cf2119ee9e3962065477d9edca3cc4c8da3a7d8c1ea",
    PolicyKind.CANCELLATION: "585ddfd82c8457c4cbb657b584568dc6c48de31ac3f4d3242e4769d0c10bbd70",
}
PINNED_RULES = {
    PolicyKind.DEPOSIT: DepositRules(deposit=Percent(50), refundable_until_hours=48),
    PolicyKind.DESIGN: DesignRules(included_revisions=2, extra_revision_fee=None),
    PolicyKind.RESCHEDULE: RescheduleRules((Tier(48, Percent(50)),), None, None),
    PolicyKind.CANCELLATION: CancellationRules((Tier(48, Percent(50)),)),
}
PINNED_DIGEST = "9778472677c625506cc2f2efa946f72b744f9bd913a22eb009baab91bbc75ac5"


def test_the_texts_of_the_defaults_never_change() -> None:
    assert {kind: text_hash(default.text) for kind, default in DEFAULTS.items()} == PINNED


def test_the_rules_of_the_defaults_never_change() -> None:
    assert {kind: default.rules for kind, default in DEFAULTS.items()} == PINNED_RULES
    assert datetime(2026, 1, 1, tzinfo=UTC) == DEFAULTS_PUBLISHED_AT


def test_the_digest_of_what_is_bound_never_changes() -> None:
    assert digest(default_versions(ARTIST).values()) == PINNED_DIGEST


def test_every_artist_starts_with_version_1_of_the_defaults() -> None:
    for artist in (ARTIST, OTHER_ARTIST):
        for kind, terms in default_versions(artist).items():
            assert terms.kind is kind
            assert terms.artist_id == artist
            assert terms.version_id == version_id(artist, None, kind, 1)
            assert (terms.number, terms.service_id) == (1, None)
            assert terms.text_hash == text_hash(DEFAULTS[kind].text)
    with pytest.raises(ValueError, match="not a user id"):
        default_versions("usr_1")


def test_numbers_start_after_the_default() -> None:
    assert {kind for kind in PolicyKind if first_number(kind, None) == 2} == set(DEFAULTS)
    assert {first_number(kind, None) for kind in PolicyKind if kind not in DEFAULTS} == {1}
    assert {first_number(kind, SERVICE) for kind in PolicyKind} == {1}


def test_without_published_versions_the_defaults_are_in_force() -> None:
    assert in_force([], ARTIST, None) == in_force([], ARTIST, SERVICE) == default_versions(ARTIST)


def test_the_services_newest_version_precedes_the_artists_and_that_the_default() -> None:
    tiers = CancellationRules(())
    general, newer = terms_of(tiers, number=2), terms_of(tiers, number=3)
    own, newer_own = (terms_of(tiers, number=n, service=SERVICE) for n in (1, 2))
    published = [newer_own, general, newer, own]
    assert in_force(published, ARTIST, None)[PolicyKind.CANCELLATION] == newer
    assert in_force(published, ARTIST, SERVICE)[PolicyKind.CANCELLATION] == newer_own
    assert in_force(published, ARTIST, OTHER_SERVICE)[PolicyKind.CANCELLATION] == newer
    defaults = default_versions(OTHER_ARTIST)
    assert in_force(published, OTHER_ARTIST, None) == defaults


PUBLISHED = st.lists(
    st.builds(
        terms_of,
        st.sampled_from([NoShowRules(HALF), CancellationRules(()), AgeRules(18)]),
        number=st.integers(2, 9),
        artist=st.just(ARTIST),
        service=st.sampled_from([None, SERVICE, OTHER_SERVICE]),
    ),
    max_size=12,
)


@given(PUBLISHED, st.sampled_from([None, SERVICE]), st.randoms(use_true_random=False))
def test_precedence_does_not_depend_on_the_order(published: Any, service: Any, random: Any) -> None:
    versions = in_force(published, ARTIST, service)
    for kind in PolicyKind:
        of_kind = [terms for terms in published if terms.kind is kind]
        own = [terms for terms in of_kind if service and terms.service_id == service]
        general = [terms for terms in of_kind if terms.service_id is None]
        expected = max(own or general, key=lambda terms: terms.number, default=None)
        assert versions.get(kind) == (expected or default_versions(ARTIST).get(kind))
    random.shuffle(published)
    assert in_force(published, ARTIST, service) == versions


def test_several_consent_forms_are_in_force() -> None:
    waiver, aftercare = (ConsentRules(form, "Title") for form in ("waiver", "aftercare"))
    published = [
        terms_of(waiver, number=1),
        terms_of(waiver, number=2),
        terms_of(aftercare, number=1),
        terms_of(waiver, number=1, service=SERVICE),
    ]
    forms = forms_in_force(published, ARTIST, None)
    assert {form: terms.number for form, terms in forms.items()} == {"waiver": 2, "aftercare": 1}
    of_service = forms_in_force(published, ARTIST, SERVICE)
    assert of_service["waiver"].service_id == SERVICE
    assert of_service["aftercare"].service_id is None
    assert PolicyKind.CONSENT not in in_force(published, ARTIST, SERVICE)


# ---- the digest --------------------------------------------------------------------------------


def test_the_digest_does_not_depend_on_the_order() -> None:
    terms = list(default_versions(ARTIST).values())
    assert digest(terms) == digest(reversed(terms)) == digest(iter(terms))
    assert digest([]) != digest(terms)


def test_the_digest_survives_json() -> None:
    terms = list(default_versions(ARTIST).values())
    read = msgspec.json.decode(msgspec.json.encode(terms), type=list[Terms])
    assert digest(read) == digest(terms)


@pytest.mark.parametrize(
    "change",
    [
        {"number": 3},
        {"version_id": version_id(ARTIST, None, PolicyKind.NO_SHOW, 3)},
        {"artist_id": OTHER_ARTIST},
        {"service_id": SERVICE},
        {"text_hash": text_hash("Something else.")},
        {"published_at": START + timedelta(milliseconds=1)},
        {"rules": NoShowRules(Percent(51))},
        {"rules": NoShowRules(Fixed(50))},
    ],
    ids=str,
)
def test_any_change_changes_the_digest(change: Any) -> None:
    terms = terms_of(NoShowRules(HALF))
    assert digest([msgspec.structs.replace(terms, **change)]) != digest([terms])


def test_a_field_that_is_added_later_leaves_digests_unchanged() -> None:
    class ATermOfTomorrow(Terms, frozen=True):
        added: int | None = None

    terms = terms_of(NoShowRules(HALF))
    grown = msgspec.convert(msgspec.to_builtins(terms), ATermOfTomorrow)
    assert digest([grown]) == digest([terms])


# ---- fees --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fee", "price", "amount"),
    [
        (Percent(50), 10_000, 5_000),
        (Percent(50), 1, 1),  # half up
        (Percent(49), 1, 0),
        (Percent(33), 101, 33),
        (Percent(50), 33_333, 16_667),
        (Percent(0), 10_000, 0),
        (Percent(100), 9_999, 9_999),
        (Percent(100), 0, 0),
        (Fixed(2_500), 10_000, 2_500),
        (Fixed(2_500), 2_000, 2_000),  # never more than the price
        (Fixed(2_500), 0, 0),
        (Fixed(0), 10_000, 0),
    ],
)
def test_the_amount_of_a_fee(fee: Any, price: int, amount: int) -> None:
    assert amount_of(fee, price) == amount


@given(st.integers(0, 100), st.integers(0, 10**12))
def test_a_percentage_is_rounded_half_up_and_exact_otherwise(percent: Any, price: Any) -> None:
    amount = amount_of(Percent(percent), price)
    assert Fraction(-1, 2) < amount - Fraction(price * percent, 100) <= Fraction(1, 2)
    assert amount <= price


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        (3_000, "EUR", "30.00 EUR"),
        (5, "EUR", "0.05 EUR"),
        (0, "EUR", "0.00 EUR"),
        (123_456_789, "AUD", "1234567.89 AUD"),
        (3_000, "JPY", "3000 JPY"),
        (3_050, "KWD", "3.050 KWD"),
        (12_345, "CLF", "1.2345 CLF"),
    ],
)
def test_amounts_are_formatted_for_people(amount: int, currency: str, text: str) -> None:
    assert format_money(amount, currency) == text


# ---- costs of each action ----------------------------------------------------------------------

TIERS = (Tier(72, Percent(25)), Tier(24, Percent(50)), Tier(0, Percent(100)))
WITH_TIERS = bound(CancellationRules(TIERS), RescheduleRules(TIERS))
BOUNDARIES = [
    (hours_left(1000), 0),
    (hours_left(72) - MICROSECOND, 0),
    (hours_left(72), 0),  # exactly 72 hours are not fewer
    (hours_left(72) + MICROSECOND, 2_500),
    (hours_left(24), 2_500),
    (hours_left(24) + MICROSECOND, 5_000),
    (START, 5_000),
    (START + MICROSECOND, 10_000),
    (START + timedelta(days=400), 10_000),
]


@pytest.mark.parametrize("action", [Action.CANCEL, Action.RESCHEDULE])
@pytest.mark.parametrize(("at", "fee"), BOUNDARIES, ids=str)
def test_the_applicable_tier_with_the_fewest_hours_sets_the_fee(
    action: Any, at: Any, fee: Any
) -> None:
    cost = evaluate(WITH_TIERS, action, situation(), at)
    assert (cost.fee, cost.due) == (fee, fee)
    hours = {0: None, 2_500: 72, 5_000: 24, 10_000: 0}[fee]
    kind = PolicyKind.CANCELLATION if action is Action.CANCEL else PolicyKind.RESCHEDULE
    assert cost.clause == Clause(kind, WITH_TIERS[kind].version_id, 2, hours)


# held, refundable until, hours left, percent of 100.00 -> forfeited, returned, due, by the deposit
SETTLED = [
    ((0, None, 10, 50), (0, 0, 5_000, False)),
    ((3_000, None, 10, 50), (3_000, 0, 2_000, False)),  # part of the fee is held
    ((3_000, None, 10, 20), (2_000, 1_000, 0, False)),  # more is held than the fee
    ((3_000, None, 10, 30), (3_000, 0, 0, False)),
    ((3_000, None, -10, 0), (0, 3_000, 0, False)),  # always refundable, and free
    ((3_000, 48, 48, 0), (0, 3_000, 0, False)),  # exactly in time
    ((3_000, 48, 47, 0), (3_000, 0, 0, True)),  # too late: all of it
    ((3_000, 48, 47, 20), (3_000, 0, 0, True)),  # more than the fee
    ((3_000, 48, 47, 30), (3_000, 0, 0, False)),
    ((3_000, 48, 47, 50), (3_000, 0, 2_000, False)),
    ((3_000, 48, 49, 50), (3_000, 0, 2_000, False)),  # refundable, but the fee is due
    ((3_000, 48, 49, 20), (2_000, 1_000, 0, False)),
    ((0, 48, 47, 0), (0, 0, 0, False)),
    ((12_000, 48, 47, 50), (12_000, 0, 0, True)),  # the price was lowered after it was paid
    ((3_000, 0, 0, 0), (0, 3_000, 0, False)),
    ((3_000, 0, -1, 0), (3_000, 0, 0, True)),
]


@pytest.mark.parametrize("action", [Action.CANCEL, Action.NO_SHOW])
@pytest.mark.parametrize(("before", "expected"), SETTLED, ids=str)
def test_the_deposit_is_settled_with_the_fee(action: Any, before: Any, expected: Any) -> None:
    held, until, hours, percent = before
    rules: dict[Action, Rules] = {
        Action.CANCEL: CancellationRules((Tier(1_000, Percent(percent)),)),
        Action.NO_SHOW: NoShowRules(Percent(percent)),
    }
    before = situation(deposit_held=held, deposit_refundable_until_hours=until)
    cost = evaluate(bound(rules[action]), action, before, hours_left(hours))
    assert cost.fee == percent * 100
    assert cost.clause is not None
    by_deposit = cost.clause.kind is PolicyKind.DEPOSIT
    settled = (cost.deposit_forfeited, cost.deposit_returned, cost.due, by_deposit)
    assert settled == expected


# held, open charges, percent of 100.00 -> forfeited, settled, returned, due
WITH_OPEN_CHARGES = [
    ((3_000, 1_000, 0), (0, 1_000, 2_000, 0)),
    ((3_000, 3_000, 0), (0, 3_000, 0, 0)),
    ((3_000, 9_000, 0), (0, 3_000, 0, 0)),
    ((3_000, 1_500, 20), (2_000, 1_000, 0, 0)),  # the fee of the action comes first
    ((3_000, 1_500, 50), (3_000, 0, 0, 2_000)),
    ((0, 1_500, 0), (0, 0, 0, 0)),
]


@pytest.mark.parametrize(("before", "expected"), WITH_OPEN_CHARGES, ids=str)
def test_open_charges_are_taken_out_of_what_is_returned(before: Any, expected: Any) -> None:
    held, charges, percent = before
    terms = bound(CancellationRules((Tier(1_000, Percent(percent)),)))
    before = situation(deposit_held=held, charges_open=charges)
    cost = evaluate(terms, Action.CANCEL, before, hours_left(100))
    settled = (cost.deposit_forfeited, cost.charges_settled, cost.deposit_returned, cost.due)
    assert settled == expected
    by_artist = evaluate_by_artist(Action.CANCEL, before)
    assert (by_artist.deposit_forfeited, by_artist.due) == (0, 0)
    assert by_artist.charges_settled == min(held, charges)
    assert by_artist.deposit_returned == held - by_artist.charges_settled


def test_a_move_leaves_open_charges_open() -> None:
    before = situation(deposit_held=3_000, charges_open=1_000)
    moved = evaluate(WITH_TIERS, Action.RESCHEDULE, before, hours_left(100))
    assert moved.charges_settled == 0
    assert evaluate_by_artist(Action.RESCHEDULE, before).charges_settled == 0


def test_the_artists_cancellation_names_what_pays_earlier_charges() -> None:
    before = situation(deposit_held=3_000, charges_open=1_000)
    assert evaluate_by_artist(Action.CANCEL, before).explanation == (
        "Cancelled by the artist: this is free of charge; 10.00 EUR of the deposit pays earlier "
        "charges; 20.00 EUR of the deposit is returned."
    )


def test_the_deposits_clause_is_the_policys_only_if_its_term_matches() -> None:
    terms = bound(DepositRules(HALF, 48))
    late = hours_left(10)
    by_policy = situation(deposit_held=3_000, deposit_refundable_until_hours=48)
    clause = evaluate(terms, Action.CANCEL, by_policy, late).clause
    assert clause == Clause(PolicyKind.DEPOSIT, terms[PolicyKind.DEPOSIT].version_id, 2, 48)
    by_service = situation(deposit_held=3_000, deposit_refundable_until_hours=72)
    clause = evaluate(terms, Action.CANCEL, by_service, late).clause
    assert clause == Clause(PolicyKind.DEPOSIT, None, None, 72)
    clause = evaluate({}, Action.CANCEL, by_policy, late).clause
    assert clause == Clause(PolicyKind.DEPOSIT, None, None, 48)


LIMITED = RescheduleRules((Tier(48, Percent(30)),), free_count=2, fee_when_used_up=Percent(20))


@pytest.mark.parametrize(
    ("moved", "hours", "fee", "clause_hours"),
    [
        (0, 100, 0, None),
        (1, 100, 0, None),
        (2, 100, 2_000, None),  # used up: at any time
        (9, 100, 2_000, None),
        (1, 47, 3_000, 48),
        (2, 47, 3_000, 48),  # the higher of the two
    ],
)
def test_moves_are_free_until_they_are_used_up(
    moved: int, hours: int, fee: int, clause_hours: int | None
) -> None:
    terms = bound(LIMITED)
    before = situation(reschedules=moved, deposit_held=5_000, deposit_refundable_until_hours=48)
    cost = evaluate(terms, Action.RESCHEDULE, before, hours_left(hours))
    assert (cost.fee, cost.due) == (fee, fee)
    assert (cost.deposit_forfeited, cost.deposit_returned) == (0, 0)
    assert cost.clause == Clause(
        PolicyKind.RESCHEDULE, terms[PolicyKind.RESCHEDULE].version_id, 2, clause_hours
    )


def test_the_fee_for_further_moves_may_be_the_higher_one() -> None:
    rules = RescheduleRules((Tier(48, Percent(30)),), free_count=0, fee_when_used_up=Percent(40))
    cost = evaluate(bound(rules), Action.RESCHEDULE, situation(), hours_left(1))
    assert cost.fee == 4_000
    assert cost.clause is not None
    assert cost.clause.hours_before is None


LATE = LateArrivalRules(grace_minutes=15, fee=Percent(10), cancelled_after_minutes=30)


@pytest.mark.parametrize(
    ("late", "fee"),
    [
        (timedelta(minutes=-5), 0),
        (timedelta(0), 0),
        (timedelta(minutes=15), 0),
        (timedelta(minutes=15) + MICROSECOND, 1_000),
        (timedelta(minutes=30), 1_000),
        (timedelta(minutes=45), 1_000),
    ],
    ids=str,
)
def test_a_late_arrival_costs_the_fee_after_the_grace_period(late: Any, fee: int) -> None:
    before = situation(deposit_held=5_000, deposit_refundable_until_hours=48)
    cost = evaluate(bound(LATE), Action.LATE_ARRIVAL, before, START + late)
    assert (cost.fee, cost.due) == (fee, fee)
    assert (cost.deposit_forfeited, cost.deposit_returned) == (0, 0)
    waited = late <= timedelta(minutes=30)
    assert ("need not wait" in cost.explanation) == (not waited)


@pytest.mark.parametrize("action", Action)
def test_an_action_without_a_policy_is_free_and_has_no_clause(action: Any) -> None:
    cost = evaluate({}, action, situation(), START + timedelta(hours=1))
    assert (cost.fee, cost.due, cost.clause) == (0, 0, None)


@pytest.mark.parametrize("action", Action)
def test_each_action_depends_on_its_own_rules_only(action: Any) -> None:
    """High fees of all the other kinds change nothing."""
    dear = bound(
        CancellationRules((Tier(8_000, Percent(100)),)),
        RescheduleRules((Tier(8_000, Percent(100)),)),
        NoShowRules(Percent(100)),
        LateArrivalRules(0, Percent(100)),
        DepositRules(Percent(100), 8_000),
        DesignRules(0, Percent(100)),
        AgeRules(120),
        ImageRightsRules(portfolio=True, social_media=True),
    )
    own = {
        Action.CANCEL: PolicyKind.CANCELLATION,
        Action.RESCHEDULE: PolicyKind.RESCHEDULE,
        Action.NO_SHOW: PolicyKind.NO_SHOW,
        Action.LATE_ARRIVAL: PolicyKind.LATE_ARRIVAL,
    }[action]
    at = START + timedelta(minutes=1)
    assert evaluate(dear, action, situation(), at).fee == 10_000
    others = {kind: terms for kind, terms in dear.items() if kind is not own}
    assert evaluate(others, action, situation(), at).fee == 0


def test_the_artists_actions_cost_the_client_nothing() -> None:
    before = situation(deposit_held=3_000, deposit_refundable_until_hours=48)
    cancelled = evaluate_by_artist(Action.CANCEL, before)
    assert (cancelled.deposit_returned, cancelled.deposit_forfeited) == (3_000, 0)
    moved = evaluate_by_artist(Action.RESCHEDULE, before)
    assert (moved.deposit_returned, moved.deposit_forfeited) == (0, 0)
    for cost in (cancelled, moved):
        assert (cost.fee, cost.due, cost.clause, cost.currency) == (0, 0, None, "EUR")
    for action in (Action.NO_SHOW, Action.LATE_ARRIVAL):
        with pytest.raises(ValueError, match="an artist's"):
            evaluate_by_artist(action, before)


SENTENCES = [
    (
        Action.CANCEL,
        {},
        100,
        "Cancelling is free of charge.",
    ),
    (
        Action.CANCEL,
        {"deposit_held": 3_000},
        100,
        "Cancelling is free of charge; 30.00 EUR of the deposit is returned.",
    ),
    (
        Action.CANCEL,
        {"deposit_held": 3_000, "charges_open": 1_000},
        100,
        "Cancelling is free of charge; 10.00 EUR of the deposit pays earlier charges; 20.00 EUR of "
        "the deposit is returned.",
    ),
    (
        Action.CANCEL,
        {"deposit_held": 3_000},
        10,
        "Cancelling less than 24 hours before the start costs 50.00 EUR (50 % of the price), of "
        "which 30.00 EUR is kept from the deposit; 20.00 EUR is due.",
    ),
    (
        Action.CANCEL,
        {"deposit_held": 6_000},
        10,
        "Cancelling less than 24 hours before the start costs 50.00 EUR (50 % of the price), of "
        "which 50.00 EUR is kept from the deposit; 10.00 EUR of the deposit is returned.",
    ),
    (
        Action.CANCEL,
        {"currency": "JPY"},
        10,
        "Cancelling less than 24 hours before the start costs 5000 JPY (50 % of the price); "
        "5000 JPY is due.",
    ),
    (
        Action.CANCEL,
        {"deposit_held": 3_000, "deposit_refundable_until_hours": 120},
        100,
        "Cancelling forfeits the deposit of 30.00 EUR, which is returned only until 120 hours "
        "before the start.",
    ),
    (
        Action.NO_SHOW,
        {"price": 0, "deposit_held": 3_000, "deposit_refundable_until_hours": 0},
        -1,
        "Not showing up forfeits the deposit of 30.00 EUR, which is returned only until the start.",
    ),
    (
        Action.CANCEL,
        {},
        -1,
        "Cancelling after the start costs 100.00 EUR (100 % of the price); 100.00 EUR is due.",
    ),
    (
        Action.RESCHEDULE,
        {"deposit_held": 3_000, "reschedules": 1},
        100,
        "Moving the booking is free of charge; the deposit of 30.00 EUR stays with the booking.",
    ),
    (
        Action.RESCHEDULE,
        {"reschedules": 2},
        100,
        "Moving the booking more than 2 times costs 20.00 EUR (20 % of the price).",
    ),
    (
        Action.NO_SHOW,
        {},
        -1,
        "Not showing up costs 75.00 EUR; 75.00 EUR is due.",
    ),
    (
        Action.LATE_ARRIVAL,
        {},
        0,
        "Arriving up to 15 minutes late is free of charge.",
    ),
    (
        Action.LATE_ARRIVAL,
        {"currency": "KWD"},
        -1,
        "Arriving more than 30 minutes late, when the artist need not wait, costs 1.000 KWD (10 % "
        "of the price).",
    ),
]


@pytest.mark.parametrize(("action", "changes", "hours", "sentence"), SENTENCES, ids=str)
def test_every_cost_is_explained_in_a_sentence(
    action: Any, changes: Any, hours: Any, sentence: Any
) -> None:
    terms = bound(CancellationRules(TIERS), LIMITED, NoShowRules(Fixed(7_500)), LATE)
    cost = evaluate(terms, action, situation(**changes), hours_left(hours))
    assert cost.explanation == sentence


def test_one_hour_is_singular() -> None:
    terms = bound(CancellationRules((Tier(1, Fixed(1)),)))
    cost = evaluate(terms, Action.CANCEL, situation(), START)
    assert cost.explanation.startswith("Cancelling less than 1 hour before the start costs 0.01")


# ---- properties --------------------------------------------------------------------------------

HOURS = st.integers(0, 400)
PERCENTS, FIXED = st.integers(0, 100).map(Percent), st.integers(0, 20_000).map(Fixed)
FEES: st.SearchStrategy[Fee] = PERCENTS | FIXED


@st.composite
def tiers(draw: st.DrawFn) -> tuple[Tier, ...]:
    """Return tiers with rising fees of one type, so that they rise at every price."""
    amounts = sorted(draw(st.lists(st.integers(0, 100), max_size=5)))
    hours = draw(st.lists(HOURS, unique=True, min_size=len(amounts), max_size=len(amounts)))
    is_percent = draw(st.booleans())
    fees = [Percent(amount) if is_percent else Fixed(amount * 150) for amount in amounts]
    return tuple(map(Tier, sorted(hours, reverse=True), fees))


@st.composite
def reschedule_rules(draw: st.DrawFn) -> RescheduleRules:
    free = draw(st.none() | st.integers(0, 3))
    return RescheduleRules(draw(tiers()), free, None if free is None else draw(FEES))


@st.composite
def all_terms(draw: st.DrawFn) -> dict[PolicyKind, Terms]:
    late = draw(st.none() | st.builds(LateArrivalRules, st.integers(0, 60), FEES))
    rules: list[Rules | None] = [
        draw(st.none() | st.builds(CancellationRules, tiers())),
        draw(st.none() | reschedule_rules()),
        draw(st.none() | st.builds(NoShowRules, FEES)),
        draw(st.none() | st.builds(DepositRules, FEES, st.none() | HOURS)),
        late,
    ]
    return bound(*(one for one in rules if one is not None))


SITUATIONS = st.builds(
    Situation,
    price=st.integers(0, 20_000),
    currency=st.sampled_from(["EUR", "JPY", "KWD"]),
    starts_at=st.just(START),
    deposit_held=st.integers(0, 20_000),
    deposit_refundable_until_hours=st.none() | HOURS,
    reschedules=st.integers(0, 4),
)
# Whole hours, where tiers begin, and the microseconds around them.
INSTANTS = st.builds(
    lambda hours, micros: START - timedelta(hours=hours, microseconds=micros),
    st.integers(-50, 450),
    st.integers(-1, 1) | st.integers(0, 3_599_999_999),
)
ACTIONS = st.sampled_from(Action)


@given(all_terms(), ACTIONS, SITUATIONS, INSTANTS)
def test_money_is_conserved_and_never_negative(
    terms: Any, action: Any, before: Any, at: Any
) -> None:
    cost = evaluate(terms, action, before, at)
    held = before.deposit_held
    assert min(cost.fee, cost.deposit_forfeited, cost.deposit_returned, cost.due) >= 0
    assert cost.fee <= before.price
    assert cost.deposit_forfeited + cost.due == max(cost.fee, cost.deposit_forfeited)
    assert cost.deposit_forfeited + cost.due <= max(before.price, held)
    if action in (Action.CANCEL, Action.NO_SHOW):
        assert cost.deposit_forfeited + cost.deposit_returned == held
    else:
        assert (cost.deposit_forfeited, cost.deposit_returned) == (0, 0)
        assert cost.due == cost.fee
    assert cost.currency == before.currency


@given(all_terms(), ACTIONS, SITUATIONS, INSTANTS, INSTANTS)
def test_waiting_never_lowers_the_cost(
    terms: Any, action: Any, before: Any, one: Any, other: Any
) -> None:
    sooner, later = sorted((one, other))
    costs = [evaluate(terms, action, before, at) for at in (sooner, later)]
    totals = [cost.deposit_forfeited + cost.due for cost in costs]
    assert totals == sorted(totals)


@given(all_terms(), SITUATIONS, INSTANTS)
def test_a_further_move_never_costs_less(terms: Any, before: Any, at: Any) -> None:
    fees = [
        evaluate(
            terms, Action.RESCHEDULE, msgspec.structs.replace(before, reschedules=moved), at
        ).fee
        for moved in range(5)
    ]
    assert fees == sorted(fees)


@given(all_terms(), ACTIONS, SITUATIONS, INSTANTS)
def test_the_artists_action_never_costs_the_client_more_than_their_own(
    terms: Any, action: Any, before: Any, at: Any
) -> None:
    if action not in (Action.CANCEL, Action.RESCHEDULE):
        return
    own, artists = evaluate(terms, action, before, at), evaluate_by_artist(action, before)
    assert artists.deposit_forfeited + artists.due == 0
    assert artists.deposit_returned >= own.deposit_returned


@given(all_terms(), ACTIONS, SITUATIONS, INSTANTS)
def test_a_cost_is_explained_and_names_a_clause_of_these_terms(
    terms: Any, action: Any, before: Any, at: Any
) -> None:
    cost = evaluate(terms, action, before, at)
    assert cost.explanation.endswith(".")
    assert ". " not in cost.explanation
    assert (cost.deposit_forfeited + cost.due == 0) == ("free of charge" in cost.explanation)
    for amount in (cost.deposit_forfeited, cost.deposit_returned, cost.due):
        assert not amount or format_money(amount, cost.currency) in cost.explanation
    if cost.clause is None:
        assert cost.due == cost.deposit_forfeited == 0
    elif cost.clause.version_id is not None:
        assert cost.clause.version_id == terms[cost.clause.kind].version_id
        assert cost.clause.number == terms[cost.clause.kind].number


@given(all_terms(), ACTIONS, SITUATIONS, INSTANTS)
def test_stored_terms_cost_the_same(terms: Any, action: Any, before: Any, at: Any) -> None:
    stored = msgspec.json.encode(list(terms.values()))
    read = {one.kind: one for one in msgspec.json.decode(stored, type=list[Terms])}
    assert evaluate(read, action, before, at) == evaluate(terms, action, before, at)


@given(all_terms(), SITUATIONS, INSTANTS)
def test_costs_equal_those_of_a_slow_implementation(terms: Any, before: Any, at: Any) -> None:
    left = Fraction((before.starts_at - at) // MICROSECOND, 3_600_000_000)
    cancel = evaluate(terms, Action.CANCEL, before, at)
    fee = slow_fee(terms, PolicyKind.CANCELLATION, before.price, left)
    until = before.deposit_refundable_until_hours
    lost = before.deposit_held if until is not None and left < until else 0
    assert cancel.deposit_forfeited + cancel.due == max(fee, lost)
    move = evaluate(terms, Action.RESCHEDULE, before, at)
    fees = [slow_fee(terms, PolicyKind.RESCHEDULE, before.price, left)]
    rules = terms[PolicyKind.RESCHEDULE].rules if PolicyKind.RESCHEDULE in terms else None
    if isinstance(rules, RescheduleRules) and rules.fee_when_used_up is not None:
        assert rules.free_count is not None
        if before.reschedules + 1 > rules.free_count:
            fees.append(amount_of(rules.fee_when_used_up, before.price))
    assert move.due == max(fees)


def slow_fee(
    terms: Mapping[PolicyKind, Terms], kind: PolicyKind, price: int, left: Fraction
) -> int:
    """Return the fee of the tier with the fewest hours that applies."""
    rules = terms[kind].rules if kind in terms else None
    if not isinstance(rules, CancellationRules | RescheduleRules):
        return 0
    for tier in sorted(rules.tiers, key=lambda tier: tier.hours_before):
        if left < tier.hours_before:
            return amount_of(tier.fee, price)
    return 0


def test_a_cost_is_encoded_in_camel_case() -> None:
    cost = evaluate(WITH_TIERS, Action.CANCEL, situation(), hours_left(1))
    assert set(msgspec.to_builtins(cost)) == {
        "fee",
        "depositForfeited",
        "depositReturned",
        "due",
        "currency",
        "clause",
        "explanation",
        "chargesSettled",
    }
    assert isinstance(cost, Cost)
