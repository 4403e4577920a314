"""The API of social, with AWS in memory."""

import pytest

from shared.http.caller import Role
from social.app import app
from tests.support.gateway import ApiClient, client_for

MARA = "usr_01JD2ZK5V7M0Q4X8T6N3R9W1YB"
NOOR = "usr_01JD31N0P1Q2R3S4T5V6W7X8YZ"


@pytest.fixture
def mara(aws: None) -> ApiClient:
    return client_for(app).as_user(MARA, role=Role.ARTIST)


@pytest.fixture
def noor(aws: None) -> ApiClient:
    return client_for(app).as_user(NOOR, role=Role.ARTIST)
