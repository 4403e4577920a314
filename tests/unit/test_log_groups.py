"""Names of log groups."""

from infra import log_groups


def test_a_log_group_is_named_after_its_function() -> None:
    assert log_groups.of_function("app-auth-api") == "/aws/lambda/app-auth-api"


def test_functions_are_chosen_by_the_ends_of_their_names() -> None:
    names = ["auth-api", "auth-outbox", "files-scan"]
    assert log_groups.of_functions("app", names, "-outbox") == ["/aws/lambda/app-auth-outbox"]
    assert log_groups.of_functions("app", names, ("-outbox", "-scan")) == [
        "/aws/lambda/app-auth-outbox",
        "/aws/lambda/app-files-scan",
    ]
