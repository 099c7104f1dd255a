import os

import pytest


@pytest.fixture
def bare(monkeypatch, tmp_path):
    """An environment in which nothing is set but where the data lies."""
    for name in tuple(os.environ):
        if name.startswith("TOCSIN_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("TOCSIN_DATA_DIR", str(tmp_path))
    return tmp_path
