"""Imports of media: their next states, and when what failed is tried again. Pure."""

from datetime import datetime, timedelta

import msgspec

from social.models.media import REPEATABLE, ImportProblem, ImportState, MediaImport

# The worker is told at once; this is for when that message is lost.
TOLD_AGAIN_AFTER = timedelta(minutes=2)
# Files decides within seconds; after this long its answer is missing for good.
DECIDED_WITHIN = timedelta(hours=3)
MAX_TRIES = 8
FIRST_RETRY = timedelta(seconds=30)
LONGEST_RETRY = timedelta(hours=1)


def can_begin_again(import_: MediaImport) -> bool:
    """Return whether ordering the import again begins a new attempt."""
    return import_.state in REPEATABLE


def begin_again(import_: MediaImport, file_id: str, now: datetime) -> MediaImport:
    """Return a new attempt of an import."""
    return change(
        import_,
        now,
        state=ImportState.QUEUED,
        attempt=import_.attempt + 1,
        file_id=file_id,
        problem=None,
        rejection=None,
        tries=0,
        retry_at=None,
        record_id=None,
        removed_at_source=None,
        due_at=now + TOLD_AGAIN_AFTER,
    )


def fail(
    import_: MediaImport, problem: ImportProblem, now: datetime, rejection: str | None = None
) -> MediaImport:
    """Return an import that failed, until it is ordered again."""
    return change(
        import_,
        now,
        state=ImportState.FAILED,
        problem=problem,
        rejection=rejection,
        retry_at=None,
        due_at=None,
    )


def wait(
    import_: MediaImport, problem: ImportProblem, now: datetime, until: datetime | None = None
) -> MediaImport:
    """Return an import that is tried again later, longer each time; after MAX_TRIES it failed.

    Args:
        import_: The import.
        problem: What is wrong.
        now: The current instant.
        until: What the provider asked for; such waiting does not count as a try.
    """
    if until is None and import_.tries + 1 >= MAX_TRIES:
        return fail(import_, problem, now)
    pause = min(LONGEST_RETRY, FIRST_RETRY * 2**import_.tries)
    retry_at = max(until, now + FIRST_RETRY) if until is not None else now + pause
    tries = import_.tries if until is not None else import_.tries + 1
    return change(import_, now, problem=problem, tries=tries, retry_at=retry_at, due_at=retry_at)


def change(import_: MediaImport, now: datetime, **changes: object) -> MediaImport:
    """Return the next version of an import."""
    return msgspec.structs.replace(import_, updated_at=now, version=import_.version + 1, **changes)
