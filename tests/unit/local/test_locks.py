"""Two commands do not work on one stack at once."""

import threading
import time
from pathlib import Path

import pytest

from infra.local.locks import exclusive


def test_the_second_waits_for_the_first(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    entered = threading.Event()

    def second() -> None:
        with exclusive(tmp_path / "lock"):
            entered.set()

    thread = threading.Thread(target=second)
    with exclusive(tmp_path / "lock"):
        thread.start()
        deadline = time.monotonic() + 20
        while "waiting for it" not in capsys.readouterr().out:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        assert not entered.is_set()
    assert entered.wait(20)
    thread.join()


def test_it_is_free_again_after_an_error(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), exclusive(tmp_path / "lock"):
        raise ZeroDivisionError
    with exclusive(tmp_path / "lock"):
        pass
