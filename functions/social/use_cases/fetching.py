"""Pictures and videos of guests: fetched from the provider, and handed to files for inspection.

Only Meta's own hosts are asked, whatever a webhook or a profile names.
"""

import mimetypes
from pathlib import Path
from tempfile import TemporaryDirectory

from shared.data import file_imports
from shared.data.file_imports import Fetched, FileFetched, ImportPurpose
from shared.events.queues import RetryLater
from shared.platform.logs import logger
from social.providers import media, meta_media
from social.providers.failures import ProviderFailed, ProviderRefused


def fetch(url: str, kind: str, file_id: str, owner_id: str) -> FileFetched | None:
    """Fetch a picture or video and put it where files takes it from; None if that cannot be.

    Raises:
        RetryLater: It may be possible later.
    """
    hosts = {host for provider in meta_media.PROVIDERS for host in meta_media.read_hosts(provider)}
    with TemporaryDirectory() as folder:
        path = Path(folder) / "content"
        try:
            content_type = media.download(url, hosts, path)
        except ProviderRefused as error:  # the same address gives the same result
            logger.warning("content not fetched", reason=str(error))
            return None
        except ProviderFailed as error:
            raise RetryLater from error
        if not content_type.startswith(f"{kind}/"):
            return None
        name = f"{kind}{mimetypes.guess_extension(content_type) or ''}"
        fetched = Fetched(file_id, owner_id, ImportPurpose.MESSAGE, name, content_type)
        return file_imports.hand_over(fetched, path)
