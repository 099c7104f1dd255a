import pytest

from tests.notifiers.numbers import KINDS


@pytest.fixture(params=KINDS)
def kind(request):
    return KINDS[request.param]
