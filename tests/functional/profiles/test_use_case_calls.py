"""What the simulation takes for granted about profiles is what the code does."""

from tests.functional.profiles.people import ARTIST, People, update_page
from tests.functional.profiles.test_artist_pages import FULL
from tests.support import use_case_calls

ARTISTS = "/v1/profiles/artists"


def test_profiles_call_what_the_simulation_counts(people: People) -> None:
    people.register()
    update_page(people.artist, **FULL)
    people.nobody.get(f"{ARTISTS}/{ARTIST}")  # opens the window of the rate limit
    measured = use_case_calls.measure_all(
        {
            "search": lambda: people.nobody.get(f"{ARTISTS}?style=blackwork"),
            "artist page": lambda: people.nobody.get(f"{ARTISTS}/mara.voss"),
            "portfolio": lambda: people.nobody.get(f"{ARTISTS}/{ARTIST}/portfolio"),
        }
    )
    use_case_calls.check("profiles", measured)
