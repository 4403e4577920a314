"""Saved code is swapped at once and deployed afterwards, and never overtaken by older code.

Swapping and deploying themselves are tested with MiniStack (tests/functional/test_local_aws.py).
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from watchfiles import Change

from infra.local import hotswap, stack, watch
from infra.local.settings import Settings, StackError


class Recorder:
    """Stand-in for everything that `watch` calls."""

    def __init__(self, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
        self.root = settings.root
        self.swapped: list[str] = []
        self.deployed: list[str] = []
        self.synthesized = 0
        self.during_synth: Callable[[int], None] = lambda _: None
        for name in ("functions/auth", "layers/shared/python", "events", "infra/local"):
            (self.root / name).mkdir(parents=True)
        monkeypatch.setattr(hotswap, "swap_group", self._swap_group)
        monkeypatch.setattr(hotswap, "swap_layer", self._swap_layer)
        monkeypatch.setattr(watch, "synth", self._synth)
        monkeypatch.setattr(stack, "deploy_assembly", self._deploy)

    def save(self, name: str) -> None:
        (self.root / name).write_text(str(time.monotonic_ns()))

    def notices_a_save(self) -> bool:
        self.save("events/warm-up.json")
        return bool(self.deployed)

    def _swap_group(self, _session: object, _prefix: str, group: str, _sources: Path) -> list[str]:
        self.swapped.append(group)
        return [f"app-{group}-api"]

    def _swap_layer(self, *_: object) -> list[str]:
        self.swapped.append("layer")
        return ["app-auth-api"]

    def _synth(self, _settings: Settings) -> Path:
        self.synthesized += 1
        number = self.synthesized
        self.during_synth(number)
        return Path(f"assembly-{number}")

    def _deploy(self, _settings: Settings, directory: Path) -> None:
        self.deployed.append(directory.name)


@pytest.fixture
def recorder(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Recorder:
    return Recorder(settings, monkeypatch)


@contextmanager
def watching(settings: Settings, recorder: Recorder) -> Iterator[None]:
    stop = threading.Event()
    thread = threading.Thread(target=watch.run, args=(settings, stop))
    thread.start()
    try:
        # No signal shows when the system has begun to watch, so save until it is noticed.
        eventually(recorder.notices_a_save)
        yield
    finally:
        stop.set()
        thread.join()


def eventually(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_saved_function_is_swapped_then_deployed(
    settings: Settings, recorder: Recorder, capsys: pytest.CaptureFixture[str]
) -> None:
    with watching(settings, recorder):
        deployed = len(recorder.deployed)
        recorder.save("functions/auth/app.py")
        eventually(lambda: len(recorder.deployed) > deployed)
        assert recorder.swapped == ["auth"]
    assert "swapped app-auth-api" in capsys.readouterr().out


def test_a_saved_layer_is_swapped(settings: Settings, recorder: Recorder) -> None:
    with watching(settings, recorder):
        recorder.save("layers/shared/python/clock.py")
        eventually(lambda: recorder.swapped == ["layer"])


def test_code_saved_during_synth_is_not_overtaken(settings: Settings, recorder: Recorder) -> None:
    outdated: list[int] = []

    def save_once(number: int) -> None:
        if recorder.swapped and not outdated:
            outdated.append(number)
            recorder.save("functions/auth/app.py")
            eventually(lambda: len(recorder.swapped) == 2)

    with watching(settings, recorder):
        recorder.during_synth = save_once
        recorder.save("functions/auth/app.py")
        eventually(lambda: outdated and f"assembly-{outdated[0] + 1}" in recorder.deployed)
        assert f"assembly-{outdated[0]}" not in recorder.deployed


def test_an_app_that_fails_is_reported_and_watching_goes_on(
    settings: Settings, recorder: Recorder, capsys: pytest.CaptureFixture[str]
) -> None:
    failed: list[int] = []

    def fail_once(number: int) -> None:
        if not failed:
            failed.append(number)
            raise StackError("no such construct")

    with watching(settings, recorder):
        recorder.during_synth = fail_once
        recorder.save("functions/auth/app.py")
        eventually(lambda: failed)
        deployed = len(recorder.deployed)
        recorder.save("functions/auth/app.py")
        eventually(lambda: len(recorder.deployed) > deployed)
    assert "no such construct" in capsys.readouterr().out


def test_its_own_code_is_not_watched(settings: Settings) -> None:
    sees = watch._Sources(settings.root)
    assert sees(Change.modified, str(settings.root / "infra" / "app.py"))
    assert not sees(Change.modified, str(settings.root / "infra" / "local" / "watch.py"))
