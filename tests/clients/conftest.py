"""What all client suites share: the gateways that they talk to, and a clean environment."""

import os
from collections.abc import Iterator

import openai
import pytest

from support.front import KINDS, Front, all_kinds
from support.lab import Lab
from support.node_client import NodeClient, node_client
from support.real_engine import ALIAS, CONTEXT, RealEngine, real_engine

collect_ignore = ["node"]  # no tests, and thousands of files once the npm package is installed

# What clients read behind one's back: proxies, keys, other base URLs, tracing.
_READ_BY_CLIENTS = ("openai_", "langchain_", "langsmith_", "http_proxy", "https_proxy", "all_proxy", "no_proxy")


@pytest.fixture(scope="session", autouse=True)
def _nothing_from_the_environment() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name in os.environ:
            if name.lower().startswith(_READ_BY_CLIENTS):
                patch.delenv(name)
        yield


@pytest.fixture(scope="session")
def fronts() -> Iterator[dict[str, Front]]:
    """One gateway for all tests in which nothing fails, by kind of engine."""
    with Lab() as lab:
        yield all_kinds(lab)


@pytest.fixture(params=KINDS)
def front(request: pytest.FixtureRequest, fronts: dict[str, Front]) -> Front:
    """An engine of each kind in turn, which greets."""
    chosen = fronts[request.param]
    chosen.plays()
    chosen.engine.reset()
    return chosen


@pytest.fixture
def lab() -> Iterator[Lab]:
    """A lab of one's own, for what leaves traces: failures, which open breakers, and limits."""
    with Lab() as lab:
        yield lab


@pytest.fixture(scope="session")
def client(fronts: dict[str, Front]) -> Iterator[openai.OpenAI]:
    """OpenAI's client for the shared gateway, as its users make one."""
    url = next(iter(fronts.values())).url
    with openai.OpenAI(base_url=url, api_key="unused", max_retries=0) as client:
        yield client


@pytest.fixture(scope="session")
def node() -> Iterator[NodeClient]:
    """The openai npm package in a process of its own."""
    with node_client() as client:
        yield client


@pytest.fixture(scope="session")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealEngine]:
    """A real llama.cpp server."""
    with real_engine(tmp_path_factory.mktemp("llamacpp") / "log") as engine:
        yield engine


@pytest.fixture(scope="session")
def real_url(engine: RealEngine) -> Iterator[str]:
    """The base URL of a gateway in front of it, which calls it `m`."""
    with Lab() as lab:
        lab.serve(f"""
providers:
  real: {{kind: llamacpp, base_url: "{engine.base_url}"}}
models:
  m: {{deployments: [{{provider: real, model: {ALIAS}}}], context_window: {CONTEXT}}}
""")
        yield f"{lab.url}/v1"
