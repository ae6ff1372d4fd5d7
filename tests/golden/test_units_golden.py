"""The systemd units of one engine of each kind and of the gateway, as they are written. Each is a file beside the config."""

from pathlib import Path

import pytest

from sixnines.services.units import is_ours, is_untouched, origin_of
from support.units import CONFIG, machine, units_of

FOLDER = Path(__file__).parent / "units"
LAB = FOLDER / "lab.yaml"
# systemd 254 has growing pauses between restarts; without namespaces there is no sandbox of files.
MACHINES = {
    "systemd-255": machine(),
    "systemd-252": machine(systemd=252),
    "no-namespaces": machine(namespaces=False),
}
UNITS = sorted(units_of(LAB, machine()))
# The whole set is written for one machine; for the others, what differs shows in these two.
CASES = [("systemd-255", unit) for unit in UNITS] + [
    (name, unit)
    for name in ("systemd-252", "no-namespaces")
    for unit in ("sixnines-gateway.service", "sixnines-provider-vllm.service")
]


@pytest.mark.parametrize(("name", "unit"), CASES)
def test_a_unit_is_the_one_that_was_reviewed(name: str, unit: str) -> None:
    assert units_of(LAB, MACHINES[name])[unit] == (FOLDER / name / unit).read_text()


def test_every_reviewed_unit_is_still_made() -> None:
    files = {(path.parent.name, path.name) for path in FOLDER.glob("*/*.service")}
    assert files == set(CASES)


@pytest.mark.parametrize("unit", UNITS)
def test_a_unit_knows_where_it_is_from_and_whether_somebody_has_changed_it(unit: str) -> None:
    text = units_of(LAB, machine())[unit]
    origin = origin_of(text)
    assert origin is not None
    assert origin[1] == str(CONFIG)
    assert (is_ours(text), is_untouched(text)) == (True, True)
    for changed in (text.replace("Restart=", "#Restart="), text + "Nice=5\n", text.replace("yes", "no", 1)):
        assert (is_ours(changed), is_untouched(changed)) == (True, False)
    assert not is_ours(text.partition("# sixnines-digest")[0])


def test_no_unit_holds_the_value_of_a_secret_or_the_variables_of_others() -> None:
    texts = units_of(LAB, machine())
    engines = [text for unit, text in texts.items() if unit != "sixnines-gateway.service"]
    assert all("UnsetEnvironment=" in text and "CALLER_KEY" in text for text in engines)
    assert "--set HF_TOKEN=env:HUGGING_FACE" in texts["sixnines-provider-vllm.service"]
    assert "--set API_KEY=file:/home/ada/lab/keys/python.key" in texts["sixnines-provider-llamacpp-python.service"]
    assert "EnvironmentFile" in texts["sixnines-gateway.service"]
    assert not any("EnvironmentFile" in text for text in engines)
