"""What the simulation takes for granted about messaging is what the code does."""

from tests.functional.messaging.live import Live
from tests.functional.messaging.world import PATH, World
from tests.support import use_case_calls


def test_messaging_calls_what_the_simulation_counts(world: World, live: Live) -> None:
    live.both()
    for _ in range(50):
        world.send(world.artist)
    world.deliver()
    world.send(world.client)  # opens the window of the rate limit
    world.deliver()
    measured = use_case_calls.measure_all(
        {
            "conversations": lambda: world.client.get(f"{PATH}/conversations"),
            "page": lambda: world.page(world.client),
            "send": lambda: world.send(world.client),
            "deliver": lambda: world.work("deliveries"),
            "connect": lambda: live.open(world.client),
        }
    )
    use_case_calls.check("messaging", measured)
