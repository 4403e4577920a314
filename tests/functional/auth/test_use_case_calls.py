"""What the simulation takes for granted about auth is what the code does."""

from tests.functional.auth.people import People
from tests.support import use_case_calls


def test_auth_calls_what_the_simulation_counts(people: People) -> None:
    tokens = people.sign_up()
    mara = people.signed_in(tokens)
    mara.get("/v1/auth/me")
    measured = use_case_calls.measure_all(
        {
            "sign in": people.login,
            "refresh": lambda: people.refresh(tokens["refreshToken"]),
            "me": lambda: mara.get("/v1/auth/me"),
            "sign out": lambda: mara.post("/v1/auth/logout"),
        }
    )
    use_case_calls.check("auth", measured)
