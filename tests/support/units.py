"""Units of a config, for a machine that is always the same."""

from pathlib import Path, PurePath

from sixnines.config.load import read_config
from sixnines.registry import CATALOG
from sixnines.services.plan import ServicePlan
from sixnines.services.plans import Frame, plan_all
from sixnines.services.readiness import probe_paths
from sixnines.services.units import UnitSettings, unit_name, unit_text

HOME = PurePath("/home/ada")
CONFIG = HOME / "lab" / "sixnines.yaml"


def frame(config: PurePath = CONFIG, python: str = "/opt/sixnines/bin/python", home: PurePath = HOME) -> Frame:
    """What plans need beside a config."""
    state = home / ".local/state"
    variables = {"XDG_CONFIG_HOME": str(home / ".config"), "XDG_STATE_HOME": str(state)}
    return Frame(config, python, state / "sixnines", variables, probe_paths(), CATALOG)


def machine(*, systemd: int = 255, namespaces: bool = True, config: PurePath = CONFIG) -> UnitSettings:
    """A machine."""
    file = HOME / ".config/sixnines/sixnines.env"
    return UnitSettings(systemd, namespaces, config, file, "/opt/sixnines/bin/python", HOME)


def plans_of(file: Path, of: Frame | None = None) -> dict[str, ServicePlan]:
    """The services of a config, which has no error."""
    loaded = read_config(file, None, CATALOG)
    assert loaded.document is not None
    assert loaded.snapshot is not None, loaded.report()
    return plan_all(loaded.document, of or frame())


def units_of(file: Path, settings: UnitSettings) -> dict[str, str]:
    """The text of each unit, by name."""
    return {unit_name(name): unit_text(plan, settings) for name, plan in plans_of(file).items()}
