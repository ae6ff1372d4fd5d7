"""What the tests in front of real engines share: the engines of a make, and a lab for the gateway."""

from collections.abc import Iterator

import httpx
import pytest

from support.lab import Lab
from support.real_engines import MAKES, XLLAMACPP, Engine, Engines, Make, Setup

# A loaded machine takes its time; what has to be fast says so in its own test.
PATIENCE_S = 60.0


class RealLab(Lab):
    """A lab whose callers are patient."""

    def client(self) -> httpx.Client:
        """A client for the gateway."""
        client = super().client()
        client.timeout = httpx.Timeout(PATIENCE_S)
        return client


@pytest.fixture
def lab() -> Iterator[RealLab]:
    """Where the gateway of a test runs."""
    with RealLab() as lab:
        yield lab


@pytest.fixture(scope="session", params=MAKES, ids=lambda make: make.name)
def make(request: pytest.FixtureRequest) -> Make:
    """Each make of engine in turn."""
    return request.param


@pytest.fixture(scope="session")
def shared(make: Make, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """An engine that no test harms."""
    with Engines(tmp_path_factory.mktemp("engines")) as engines:
        yield engines.start(make)


@pytest.fixture
def engines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engines]:
    """Engines of a test's own, to be harmed."""
    with Engines(tmp_path_factory.mktemp("engines")) as engines:
        yield engines


@pytest.fixture(scope="session")
def llamacpp(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """llama.cpp's own server, which no test harms."""
    with Engines(tmp_path_factory.mktemp("engines")) as engines:
        yield engines.start(XLLAMACPP)


@pytest.fixture(scope="session")
def embedder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """llama.cpp's own server with embeddings, which no test harms."""
    with Engines(tmp_path_factory.mktemp("engines")) as engines:
        yield engines.start(XLLAMACPP, Setup(context=1024, embeddings=True))
