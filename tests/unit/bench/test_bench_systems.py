"""The configs that the bench writes: sixnines accepts its own, and each system is told what it has to be ready for."""

import json
import re
from pathlib import Path

import pytest

from sixnines.config.load import read_text
from sixnines.registry import CATALOG
from support.bench_scripts import load_bench

interface, registry = load_bench("systems.interface"), load_bench("systems.registry")
ours, envoy, litellm, tensorzero = (
    load_bench(f"systems.{name}") for name in ["sixnines", "envoy", "litellm", "tensorzero"]
)
nginx_config, packages = load_bench("nginx_config"), load_bench("packages")
cases = load_bench("cases.registry").CASES

ENVIRONMENT = {"SIXNINES_BENCH_KEY": "0" * 32, "SIXNINES_BENCH_ADMIN_KEY": "1" * 32}
ENGINE, OTHER = interface.Upstream("engine", 5001), interface.Upstream("other", 5002)
OLLAMA = interface.Upstream("ollama", 5003, "ollama")
SETUPS = {
    "one": interface.Setup((ENGINE,)),
    "ollama": interface.Setup((OLLAMA,)),
    "fallback": interface.Setup((ENGINE, OTHER)),
    "no breakers": interface.Setup((ENGINE, OTHER), breakers=False),
    "many": interface.Setup((ENGINE,), models=1000, providers=50),
}


@pytest.mark.parametrize("on", [True, False])
@pytest.mark.parametrize("name", SETUPS)
def test_sixnines_accepts_the_config_that_is_written_for_it(name: str, on: bool) -> None:
    setup = SETUPS[name]
    document = ours.Sixnines(on=on).config(setup, 5000)
    loaded = read_text(json.dumps(document), name, ENVIRONMENT, CATALOG)
    assert loaded.snapshot is not None, loaded.report()
    assert {*loaded.snapshot.models} == {*interface.model_names(setup.models)}
    assert len(loaded.snapshot.providers) == (setup.providers or len(setup.upstreams))


def test_everything_on_asks_for_a_key_and_everything_off_for_none() -> None:
    on, off = (ours.Sixnines(on=on).config(SETUPS["one"], 5000)["server"] for on in (True, False))
    assert "api_keys" in on
    assert "api_keys" not in off
    assert "Authorization" in ours.Sixnines().door(SETUPS["one"]).headers
    assert ours.Sixnines(on=False).door(SETUPS["one"]).headers == {}


def test_where_a_failure_is_measured_each_answer_must_prove_it() -> None:
    door = ours.Sixnines().door(SETUPS["no breakers"])
    assert door.proof == ("x-sixnines-provider: other", "x-sixnines-attempts: 2")
    assert door.steady
    assert not ours.Sixnines().door(SETUPS["fallback"]).steady


def test_a_tree_is_its_src_or_itself(tmp_path: Path) -> None:
    tree = ours.Sixnines("sixnines-x", "sixnines, x", tmp_path)
    with pytest.raises(packages.NotInstalledError, match="neither"):
        tree.install()
    (tmp_path / "src" / "sixnines").mkdir(parents=True)
    (tmp_path / "src" / "sixnines" / "__init__.py").touch()
    tree.install()
    launch = tree.launch(SETUPS["one"], tmp_path, 5000)
    assert launch.environment["PYTHONPATH"] == str(tmp_path / "src")
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    (tmp_path / ".venv" / "bin" / "python").touch()
    assert tree.launch(SETUPS["one"], tmp_path, 5000).command[0] == str(tmp_path / ".venv" / "bin" / "python")


def test_envoy_asks_the_second_upstream_only_after_the_first() -> None:
    document = envoy._config(SETUPS["fallback"], 5000)
    (cluster,) = document["static_resources"]["clusters"]
    groups = cluster["load_assignment"]["endpoints"]
    assert [group["priority"] for group in groups] == [0, 1]
    assert "retry_policy" in json.dumps(document)
    assert "retry_policy" not in json.dumps(envoy._config(SETUPS["one"], 5000))


def test_litellm_falls_back_and_speaks_to_ollama() -> None:
    settings = litellm._config(SETUPS["no breakers"])
    assert settings["router_settings"]["fallbacks"] == [{"bench": ["bench-other"]}]
    assert settings["router_settings"]["disable_cooldowns"] is True
    (model,) = litellm._config(SETUPS["ollama"])["model_list"]
    assert model["litellm_params"]["model"] == "ollama_chat/upstream-model"


def test_tensorzero_has_every_upstream_of_every_model_in_order() -> None:
    text = tensorzero._config(SETUPS["fallback"])
    assert 'routing = ["engine", "other"]' in text
    assert "[models.bench.providers.other]" in text


@pytest.mark.parametrize("system", registry.systems({}), ids=lambda system: system.key)
def test_only_who_translates_is_asked_to(system: object) -> None:
    assert (system.unsuited(SETUPS["ollama"]) == "") is (system.key.startswith("sixnines") or system.key == "litellm")
    assert system.unsuited(SETUPS["one"]) == ""


def test_names_of_many_models_are_equally_long() -> None:
    assert len({len(name) for name in interface.model_names(10_000)}) == 1
    assert len({*interface.model_names(10_000)}) == 10_000
    assert interface.model_names(1) == ("bench",)


def test_nginx_can_be_told_every_answer_but_one_with_a_variable() -> None:
    before, text = nginx_config.answering(b"it's a \\", b"{}", refusing="/x")
    assert before == ""
    assert r"return 200 'it\'s a \\';" in text
    assert "location = /x { return 500 " in text
    with pytest.raises(ValueError, match="dollar"):
        nginx_config.answering(b"$5", b"{}")


def test_a_long_answer_is_put_together_from_pieces_that_nginx_takes() -> None:
    body = "".join(f"{number:04d}'" for number in range(2000)).encode()
    before, text = nginx_config.answering(body, b"{}")
    pieces = re.findall(r"map '' \$piece\d+ { default '(.*?[^\\])'; }", before)
    assert "".join(pieces).replace("\\'", "'").encode() == body
    assert max(map(len, pieces)) < 4000
    assert "".join(f"$piece{at}" for at in range(len(pieces))) in text


def test_every_case_lines_up_who_it_is_about() -> None:
    systems = registry.systems({"x": Path()})
    for case in cases:
        labels = [each.label for each in case.stage.line_up(systems)]
        assert len(labels) == len({*labels})
        assert any(label.startswith("sixnines") for label in labels), case.name
        engines = {engine.name for engine in case.stage.engines}
        assert all({*each.wish.engines} <= engines for each in case.stage.line_up(systems)), case.name


def test_an_unknown_package_is_refused_with_what_there_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert packages.main(["bifrost"]) == 2
    assert "there are envoy, tensorzero, portkey, litellm" in capsys.readouterr().err
