"""Watch mode: saved code runs within two seconds, new routes after a synthesis. `make watch`.

Saved sources go straight into the running functions. Synthesis and deployment follow in the
background; they also make the swapped code the deployed one.
"""

import threading
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import boto3
import watchfiles
import watchfiles.main
from botocore.exceptions import BotoCoreError, ClientError

from infra.local import hotswap, stack
from infra.local.progress import note
from infra.local.settings import Settings, SourceError, StackError
from infra.local.synth import synth

_WATCHED = ("functions", "layers", "events", "infra")
# Files saved within this time (milliseconds) are one change.
_DEBOUNCE_MS = 200
# After this time (milliseconds) without a change the watch is asked whether to end.
_TIMEOUT_MS = 500


def run(settings: Settings, stop: threading.Event) -> None:
    """Start the stack and follow saved files until `stop` is set or Ctrl-C is pressed.

    Raises:
        StackError: The stack does not start, for another reason than its sources; or it is not the
            embedded one, whose functions run what is put into them.
    """
    if settings.command != "make up":
        raise StackError(
            f"`make watch` is for the stack of `make up`, and here is one by {settings.kind}. "
            "`make deploy-localstack` deploys what changed."
        )
    saved = watchfiles.watch(
        *(settings.root / name for name in _WATCHED),
        watch_filter=_Sources(settings.root),
        debounce=_DEBOUNCE_MS,
        stop_event=stop,
        raise_interrupt=False,
        yield_on_timeout=True,
        rust_timeout=_TIMEOUT_MS,
    )
    # The first result says that the system watches. What is saved while the stack starts waits.
    next(saved, None)
    if not _start(settings, saved):
        return
    session = settings.session()
    deployer = _Deployer(settings)
    print(f"watching {', '.join(_WATCHED)} (Ctrl-C ends)", flush=True)
    try:
        for changes in filter(None, saved):
            # First, so that an assembly of older sources is not deployed over what is swapped now.
            deployer.request()
            _swap(settings, session, {Path(path) for _, path in changes})
    finally:
        deployer.end()


def _start(settings: Settings, saved: Iterator[set[watchfiles.main.FileChange]]) -> bool:
    """Start the stack, again after each save while its sources are wrong; False if stopped."""
    while True:
        try:
            stack.start(settings)
        except SourceError as error:
            print(f"{error}\nSave a file to try again.", flush=True)
        else:
            return True
        if next(filter(None, saved), None) is None:
            return False


class _Sources(watchfiles.DefaultFilter):
    """Filter that ignores editors' temporary files and the code of this very command."""

    def __init__(self, root: Path) -> None:
        super().__init__(ignore_paths=[root / "infra" / "local"])


def _swap(settings: Settings, session: boto3.Session, changed: Iterable[Path]) -> None:
    started = time.monotonic()
    functions = settings.root / "functions"
    layer = settings.root / "layers" / hotswap.LAYER / "python"
    broken = [problem for path in sorted(changed) if (problem := _syntax_error(path))]
    if broken:
        note("not swapped: " + "; ".join(broken))
        return
    swapped = []
    try:
        if any(path.is_relative_to(layer) for path in changed):
            swapped += hotswap.swap_layer(session, settings.prefix(), layer)
        saved = [path.relative_to(functions) for path in changed if functions in path.parents]
        for group in sorted({path.parts[0] for path in saved}):
            swapped += hotswap.swap_group(session, settings.prefix(), group, functions / group)
    except (OSError, BotoCoreError, ClientError) as error:
        note(f"not swapped, the deployment follows: {error}")
    if swapped:
        names = ", ".join(name.removeprefix(settings.prefix()) for name in swapped)
        note(f"swapped {names}  {time.monotonic() - started:.1f} s")


def _syntax_error(path: Path) -> str | None:
    if path.suffix != ".py" or not path.exists():
        return None
    try:
        compile(path.read_bytes(), str(path), "exec")
    except (SyntaxError, ValueError) as error:
        return str(error)
    return None


class _Deployer:
    """Thread that synthesizes and deploys; requests that come meanwhile become one."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._requested = threading.Event()
        self._ended = False
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def request(self) -> None:
        self._requested.set()

    def end(self) -> None:
        """Finish the running deployment."""
        self._ended = True
        self._requested.set()
        self._thread.join()

    def _run(self) -> None:
        while self._requested.wait() and not self._ended:
            self._requested.clear()
            try:
                assembly_dir = synth(self._settings)
                # Saved again meanwhile: this assembly would put older code over what was swapped.
                if not self._requested.is_set():
                    stack.deploy_assembly(self._settings, assembly_dir)
            # Whatever is wrong, the next save is deployed again.
            except (StackError, BotoCoreError, ClientError) as error:
                print(error, flush=True)
