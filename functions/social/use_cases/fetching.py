"""Pictures and videos of guests: fetched from the provider, and handed to files for inspection.

Only Meta's own hosts are asked, whatever a webhook or a profile names.
"""

import mimetypes
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory

from shared.data import file_imports
from shared.data.file_imports import Fetched, FileFetched, ImportPurpose
from shared.events.queues import RetryLater
from shared.platform.logs import logger
from shared.platform.outside_calls import CallFailed, Failure, Guard, open_response
from social.providers import configuration, media, meta_media

DEADLINE_SECONDS = 40.0
REDIRECTS = 2
_OK, _TOO_MANY, _SERVER_ERROR = 200, 429, 500
# The same address gives the same result; everything else may pass.
_FINAL = {Failure.BAD_URL, Failure.WITH_PASSWORD, Failure.NOT_PUBLIC, Failure.TOO_LARGE}


def fetch(url: str, kind: str, file_id: str, owner_id: str) -> FileFetched | None:
    """Fetch a picture or video and put it where files takes it from; None if that cannot be.

    Raises:
        RetryLater: It may be possible later.
    """
    with TemporaryDirectory() as folder:
        path = Path(folder) / "content"
        try:
            content_type = download(url, path)
        except CallFailed as error:
            if error.failure in _FINAL:
                return None
            raise RetryLater from error
        if content_type is None or not content_type.startswith(f"{kind}/"):
            return None
        name = f"{kind}{mimetypes.guess_extension(content_type) or ''}"
        fetched = Fetched(file_id, owner_id, ImportPurpose.MESSAGE, name, content_type)
        return file_imports.hand_over(fetched, path)


def download(url: str, path: Path) -> str | None:
    """Write what a URL leads to into a file, and return its media type.

    Returns:
        The media type; None if the content is gone, or is not at a host of the providers.

    Raises:
        CallFailed: It may not be called, or its server does not answer as it should.
        RetryLater: The server asks to come later.
    """
    hosts = {host for provider in meta_media.PROVIDERS for host in meta_media.read_hosts(provider)}
    if not media.is_host_of(url, hosts):
        logger.warning("content not fetched", reason="host not allowed")
        return None
    guard = _guard(configuration.settings().loopback_providers)
    with open_response(url, guard) as response:
        if response.status == _TOO_MANY or response.status >= _SERVER_ERROR:
            raise RetryLater
        if response.status != _OK:
            return None
        with path.open("wb") as file:
            for part in response.read_parts():
                file.write(part)
        stated = response.get_header("Content-Type") or ""
        return stated.partition(";")[0].strip().lower()


@lru_cache
def _guard(allows_loopback: bool) -> Guard:
    return Guard(
        redirects=REDIRECTS,
        max_bytes=file_imports.MAX_BYTES,
        deadline_seconds=DEADLINE_SECONDS,
        allows_loopback=allows_loopback,
    )
