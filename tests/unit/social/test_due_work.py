"""The order in which the sweeper does what is due."""

from social.use_cases import due_work, revocations, vault


def test_what_waits_for_a_provider_is_swept_after_what_does_not() -> None:
    waiting = (vault.refresh_due, revocations.revoke_due)
    waits = [kind.process in waiting for kind in due_work.KINDS]
    assert waits == sorted(waits)
    assert sum(waits) == len(waiting)
