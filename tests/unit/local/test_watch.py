"""Saved code is swapped at once and deployed afterwards, and never overtaken by older code.

Swapping and deploying themselves are tested with MiniStack (tests/functional/test_local_aws.py).
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from botocore.exceptions import EndpointConnectionError
from watchfiles import Change

from infra.local import hotswap, stack, watch
from infra.local.kinds import Kind
from infra.local.settings import Settings, SourceError, StackError


class Recorder:
    """Stand-in for everything that `watch` calls."""

    def __init__(self, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
        self.root = settings.root
        self.swapped: list[str] = []
        self.deployed: list[str] = []
        self.synthesized = 0
        self.started = 0
        self.during_start: Callable[[int], None] = lambda _: None
        self.during_synth: Callable[[int], None] = lambda _: None
        for name in ("functions/auth", "layers/shared/python", "events", "infra/local"):
            (self.root / name).mkdir(parents=True)
        monkeypatch.setattr(hotswap, "swap_group", self._swap_group)
        monkeypatch.setattr(hotswap, "swap_layer", self._swap_layer)
        monkeypatch.setattr(watch, "synth", self._synth)
        monkeypatch.setattr(stack, "deploy_assembly", self._deploy)
        monkeypatch.setattr(stack, "start", self._start)

    def save(self, name: str, text: str = "saved") -> None:
        (self.root / name).write_text(f"{text} = {time.monotonic_ns()}")

    def notices_a_save(self) -> bool:
        self.save("events/warm-up.json")
        return bool(self.deployed)

    def _start(self, _settings: Settings) -> None:
        self.started += 1
        self.during_start(self.started)

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
        eventually(lambda: recorder.swapped == ["auth"])
        eventually(lambda: len(recorder.deployed) > deployed)
    assert "swapped app-auth-api" in capsys.readouterr().out


def test_a_saved_layer_is_swapped(settings: Settings, recorder: Recorder) -> None:
    with watching(settings, recorder):
        recorder.save("layers/shared/python/clock.py")
        eventually(lambda: recorder.swapped == ["layer"])


def test_code_saved_during_synth_is_not_overtaken(settings: Settings, recorder: Recorder) -> None:
    outdated: list[int] = []

    def save_once(number: int) -> None:
        if not outdated:
            eventually(lambda: recorder.swapped)
            outdated.append(number)
            recorder.save("functions/auth/app.py")
            eventually(lambda: len(recorder.swapped) == 2)

    with watching(settings, recorder):
        recorder.during_synth = save_once
        recorder.save("functions/auth/app.py")
        eventually(lambda: outdated and f"assembly-{outdated[0] + 1}" in recorder.deployed)
        assert f"assembly-{outdated[0]}" not in recorder.deployed


@pytest.mark.parametrize(
    "error",
    [StackError("no such construct"), EndpointConnectionError(endpoint_url="no such construct")],
    ids=["sources", "endpoint"],
)
def test_a_deployment_that_fails_is_reported_and_watching_goes_on(
    settings: Settings, recorder: Recorder, capsys: pytest.CaptureFixture[str], error: Exception
) -> None:
    failed: list[int] = []

    def fail_once(number: int) -> None:
        if not failed:
            failed.append(number)
            raise error

    with watching(settings, recorder):
        recorder.during_synth = fail_once
        recorder.save("functions/auth/app.py")
        eventually(lambda: failed)
        deployed = len(recorder.deployed)
        recorder.save("functions/auth/app.py")
        eventually(lambda: len(recorder.deployed) > deployed)
    assert "no such construct" in capsys.readouterr().out


def test_what_is_saved_during_the_start_is_swapped_and_deployed(
    settings: Settings, recorder: Recorder
) -> None:
    recorder.during_start = lambda _: recorder.save("functions/auth/app.py")
    with watching(settings, recorder):
        eventually(lambda: recorder.swapped == ["auth"])
        eventually(lambda: recorder.deployed)


def test_a_start_that_fails_is_tried_again_after_the_next_save(
    settings: Settings, recorder: Recorder, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail_once(number: int) -> None:
        if number == 1:
            raise SourceError("SyntaxError: invalid syntax")

    recorder.during_start = fail_once
    with watching(settings, recorder):
        assert recorder.started == 2
    assert "SyntaxError: invalid syntax" in capsys.readouterr().out


def test_a_stack_that_cannot_start_ends_the_watch(settings: Settings, recorder: Recorder) -> None:
    def refuse(_: int) -> None:
        raise StackError("Port 4566 is taken")

    recorder.during_start = refuse
    with pytest.raises(StackError, match="is taken"):
        watch.run(settings, threading.Event())


def test_only_the_embedded_stack_is_watched(settings: Settings) -> None:
    with pytest.raises(StackError, match="make deploy-localstack"):
        watch.run(replace(settings, kind=Kind.LOCALSTACK), threading.Event())


def test_code_with_a_syntax_error_is_not_swapped(
    settings: Settings, recorder: Recorder, capsys: pytest.CaptureFixture[str]
) -> None:
    printed: list[str] = []

    def says_where() -> bool:
        printed.append(capsys.readouterr().out)
        return "app.py, line 1" in "".join(printed)

    with watching(settings, recorder):
        recorder.save("functions/auth/app.py", "def broken(")
        eventually(says_where)
        assert recorder.swapped == []
        recorder.save("functions/auth/app.py")
        eventually(lambda: recorder.swapped == ["auth"])


def test_a_swap_that_fails_does_not_end_the_watch(
    settings: Settings, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def vanish(*_: object) -> list[str]:
        monkeypatch.setattr(hotswap, "swap_group", recorder._swap_group)
        raise FileNotFoundError("functions/auth/app.py~")

    with watching(settings, recorder):
        monkeypatch.setattr(hotswap, "swap_group", vanish)
        deployed = len(recorder.deployed)
        recorder.save("functions/auth/app.py")
        eventually(lambda: len(recorder.deployed) > deployed)
        recorder.save("functions/auth/app.py")
        eventually(lambda: recorder.swapped == ["auth"])


def test_its_own_code_is_not_watched(settings: Settings) -> None:
    sees = watch._Sources(settings.root)
    assert sees(Change.modified, str(settings.root / "infra" / "app.py"))
    assert not sees(Change.modified, str(settings.root / "infra" / "local" / "watch.py"))
