"""Changes of a config in tests: small configs that are sound, and a gateway that goes by whatever it is told to."""

from pathlib import Path

from sixnines.config.load import Loaded, read_sources
from sixnines.config.sources import SourceFile, digest_of
from sixnines.control.ports import Ports, Terms
from sixnines.control.store import RevisionStore
from sixnines.control.tally import Tally
from sixnines.errors import ActivationRefused
from sixnines.registry import CATALOG
from support.clocks import ManualClock

NAME = "sixnines.yaml"


def config(model="m", key=None, keep=None) -> str:
    """A sound config with one model; `key`: the environment variable of its provider's key; `keep`: so many revisions."""
    secret = f', api_key: "env:{key}"' if key else ""
    kept = f"server: {{revisions: {{keep: {keep}}}}}\n" if keep else ""
    return (
        "version: 1\n"
        f"{kept}"
        f'providers: {{a: {{kind: openai-compatible, base_url: "http://127.0.0.1:9"{secret}}}}}\n'
        f"models: {{{model}: {{deployments: [{{provider: a, model: {model}}}]}}}}\n"
    )


def files(text: str) -> tuple[SourceFile, ...]:
    """The config of one file."""
    return (SourceFile(NAME, text.encode()),)


def loader(environment=None, directory=Path()):
    """Reads a config from its files."""
    return lambda sources: read_sources(sources, NAME, environment or {}, CATALOG, directory=directory)


load = loader()


class StandInGateway:
    """Serves what it is told to serve, and says how its requests have ended.

    Attributes:
        revision, loaded: see `RunningGateway`.
        activated: the revisions that it was told to serve, in order.
        refusals: revisions that it refuses.
        restart: keys that it says want a restart.
        good, bad: how requests have ended.
    """

    def __init__(self, loaded: Loaded, revision: int):
        self.loaded = loaded
        self.revision = revision
        self.activated = []
        self.refusals = set()
        self.restart = []
        self.good = self.bad = 0

    async def activate(self, loaded: Loaded, revision: int) -> list[str]:
        if revision in self.refusals:
            raise ActivationRefused(f"worker 2 cannot go by revision {revision}")
        self.loaded, self.revision = loaded, revision
        self.activated.append(revision)
        return list(self.restart)

    async def tally(self) -> Tally:
        return Tally(self.good, self.bad)


class Desk:
    """A store in a folder, and all that a change of its config is made with.

    Attributes:
        store: the revisions.
        clock: stands still until it is moved, or somebody sleeps.
        disk: the text of the config file, or None if there is none.
        told: every event, in order.
        steps: every step and every point of the store, in order.
    """

    def __init__(self, folder: Path):
        self.clock = ManualClock()
        self.steps = []
        self.told = []
        self.disk = None
        self.store = RevisionStore(folder, self.clock, at=self.steps.append)

    def on_disk(self):
        return None if self.disk is None else digest_of(files(self.disk))

    async def sleep(self, seconds: float):
        self.clock.advance(seconds)

    def ports(self, **more) -> Ports:
        usual = {
            "store": self.store,
            "load": load,
            "on_disk": self.on_disk,
            "clock": self.clock,
            "tell": self.told.append,
            "step": self.steps.append,
            "sleep": self.sleep,
        }
        return Ports(**{**usual, **more})

    def of(self, kind) -> list:
        """The events of one class."""
        return [each for each in self.told if isinstance(each, kind)]


def terms(**more) -> Terms:
    """Those of a person who does not wait."""
    return Terms(**{"author": "alice", "watch_s": 0, **more})
