"""Commands of `python -m infra.local`: one table says what each takes and does."""

import argparse
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.local import __main__
from infra.local.commands import Command, Failed, Place, argument, build_parser, run, texts
from infra.local.settings import Settings, StackError
from infra.paths import ROOT


def echo(options: argparse.Namespace, place: Place) -> Iterator[object]:
    yield f"{options.what} {options.how}"
    yield place.prefix
    if options.how == "badly":
        raise Failed


ECHO = Command("echo", "say it", echo, [argument("what"), *texts("how")], on_aws=True)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings.load(environment={"LOCAL_DIR": str(tmp_path)})


def parse(*words: str) -> argparse.Namespace:
    return build_parser([ECHO], None).parse_args(words)


def test_a_command_prints_its_lines(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    options = parse("echo", "hello", "--how", "well")
    run(options.command, options, settings)
    assert capsys.readouterr().out == "hello well\nartist-booking-local-\n"


def test_a_command_that_failed_has_said_why(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    options = parse("echo", "hello", "--how", "badly")
    with pytest.raises(Failed):
        run(options.command, options, settings)
    assert "hello badly" in capsys.readouterr().out


def test_an_unknown_environment_is_refused(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ENV", "moon")
    options = parse("echo", "hello")
    with pytest.raises(StackError, match="ENV=moon is none of local, dev, "):
        run(options.command, options, settings)


def test_a_command_stands_in_the_table_once_and_make_calls_each() -> None:
    names = [command.name for command in __main__.COMMANDS]
    called = re.findall(r"-m infra\.local ([a-z-]+)", (ROOT / "Makefile").read_text())
    assert sorted(names) == sorted({*called, "env"})
