"""Kill switches: what is stopped is held back, and goes when it is released."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from notifications import app as feature
from notifications.channels import mail_chain, push, sms_chain
from notifications.models import Channel, DeliveryStatus
from notifications.models.kill_switches import PROVIDERS
from notifications.use_cases import kill_switches
from notifications.use_cases.kill_switches import CACHE_TIME
from tests.functional.notifications import engine
from tests.functional.notifications.world import World, statuses

MAIL = {"subject": "Your sketch", "text": "It is ready."}


def operate(**request: Any) -> dict[str, Any]:
    """Invoke the operators' function."""
    answer: dict[str, Any] = msgspec.to_builtins(feature.change_kill_switches(request, None))
    return answer


def stop(world: World, switch: str) -> None:
    """Stop something, and wait until warm containers know."""
    assert operate(stop=switch, reason="It doubles.")["problem"] is None
    world.later(seconds=CACHE_TIME.total_seconds())


def release(world: World, switch: str) -> None:
    """Release something, as operators and then the sweeper do."""
    assert operate(release=switch)["problem"] is None
    world.later(minutes=1)
    kill_switches.release(world.now)


def run(world: World, channel: str) -> None:
    """Let the sweeper and the worker run."""
    world.sweep()
    world.work(channel)


def test_a_stopped_channel_is_held_back_and_goes_when_it_is_released(world: World) -> None:
    ada = world.as_user("usr_ada")
    kill_switches.cache.get(world.now)  # a warm container
    stop(world, "channel:email")
    accepted = world.post(ada, "email", MAIL)
    world.work("email")
    shown = ada.get(f"/v1/notifications/{accepted['id']}").json_body["deliveries"][0]
    assert (shown["status"], shown["reason"]) == ("queued", "stopped")
    for _ in range(30):  # nothing spins, and nothing is given up
        world.later(days=1)
        kill_switches.release(world.now)
        assert world.sweep() == 0
    (state,) = operate()["switches"]
    assert (state["switch"], state["reason"], state["waiting"]) == (
        "channel:email",
        "It doubles.",
        1,
    )
    assert world.messages("email") == []
    release(world, "channel:email")
    run(world, "email")
    assert statuses(world.delivery()) == ["queued", "sending", "sent"]
    assert world.delivery().reason is None
    assert world.delivery().attempts == 1
    assert len(world.messages("email")) == 1
    assert operate()["switches"] == []


def test_what_is_past_its_use_is_not_sent_any_more(world: World) -> None:
    stop(world, "channel:email")
    until = (world.now + timedelta(minutes=15)).isoformat()
    request = {"userId": "usr_ada", "email": "ada@example.com", "name": "Ada", "code": "482913"}
    world.consume("user.verification_requested", request | {"expiresAt": until})
    world.work("email")
    assert world.delivery().reason == "stopped"
    world.later(minutes=17)  # while it is stopped: a code is not kept for longer than it is of use
    run(world, "email")
    ended = world.delivery()
    assert (ended.status, ended.reason, ended.content) == ("suppressed", "expired", None)


def test_a_stopped_template_stops_no_other(world: World) -> None:
    ada = world.as_user("usr_ada")
    stop(world, "template:export-ready")
    world.add_contact("usr_ada")
    world.consume("export.ready", {"userId": "usr_ada", "exportId": "exp_1"})
    world.post(ada, "email", MAIL)
    world.work("email")
    found = {(each.template and each.template.name): each.status for each in world.deliveries()}
    assert found == {"export-ready": DeliveryStatus.QUEUED, None: DeliveryStatus.SENT}
    release(world, "template:export-ready")
    run(world, "email")
    assert {each.status for each in world.deliveries()} == {DeliveryStatus.SENT}


def test_what_a_stopped_provider_had_goes_through_another_or_waits(world: World) -> None:
    ada = world.as_user("usr_ada")
    stop(world, "provider:smtp")
    world.post(ada, "email", MAIL)
    world.work("email")
    assert (world.delivery().status, world.delivery().reason) == ("queued", "stopped")
    assert world.delivery().stopped_by == ("provider:smtp",)
    second = {
        "SMTP2_HOST": "127.0.0.1",
        "SMTP2_PORT": str(world.standins.smtp_port),
        "SMTP2_FROM": "hello@artistbooking.example",
        "SMTP2_SECURITY": "none",
    }
    world.configure("smtp", MAIL_PROVIDERS="smtp=1 smtp2=0", **second)
    world.later(minutes=1)
    world.post(ada, "email", MAIL)
    world.work("email")
    assert [each.status for each in world.deliveries()] == ["queued", "sent"]
    stop(world, "provider:smtp2")
    world.post(ada, "email", MAIL)
    world.work("email")
    assert world.deliveries()[-1].stopped_by == ("provider:smtp", "provider:smtp2")
    release(world, "provider:smtp2")
    run(world, "email")
    assert [each.status for each in world.deliveries()] == ["queued", "sent", "sent"]


def test_push_is_stopped_by_its_provider(world: World) -> None:
    with engine.recording("push") as recorder:
        recorder.name = "webpush"
        stop(world, "provider:webpush")
        engine.send(world, "push")
        world.work("push")
        assert recorder.accepted == []
        release(world, "provider:webpush")
        run(world, "push")
        assert len(recorder.accepted) == 1


def test_what_is_held_back_can_be_cancelled(world: World) -> None:
    ada = world.as_user("usr_ada")
    stop(world, "channel:email")
    accepted = world.post(ada, "email", MAIL)
    world.work("email")
    assert ada.delete(f"/v1/notifications/{accepted['id']}").status_code == 200
    release(world, "channel:email")
    run(world, "email")
    assert world.delivery().status is DeliveryStatus.CANCELLED
    assert world.messages("email") == []


@pytest.mark.parametrize(
    ("request_", "problem"),
    [
        ({"stop": "channel:fax"}, "there is no channel fax"),
        ({"stop": "provider:smtp9"}, "there is no provider smtp9"),
        ({"stop": "template:none"}, "there is no template none"),
        ({"stop": "sms"}, "sms is none of channel:…, provider:… and template:…"),
        ({"release": "channel:sms"}, "channel:sms is not stopped"),
    ],
)
def test_a_wrong_name_is_refused(world: World, request_: dict[str, str], problem: str) -> None:
    assert operate(**request_) == {"switches": [], "problem": problem}
    assert world.database.kill_switches.count_documents({}) == 0


def test_every_provider_can_be_stopped() -> None:
    assert list(mail_chain.create()._providers) == list(PROVIDERS[Channel.EMAIL])
    assert list(sms_chain.create()._providers) == list(PROVIDERS[Channel.SMS])
    assert (push.WebPushProvider.name,) == PROVIDERS[Channel.PUSH]
