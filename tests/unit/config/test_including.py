"""Configs of several files: what belongs together, where everything stands, and what is not followed."""

import json

import pytest

from sixnines.config.including import MOST_DEPTH, MOST_FILES
from sixnines.config.load import read_config, read_sources, read_text
from sixnines.config.report import render_github, render_json
from sixnines.config.sources import MOST_BYTES, SourceFile, digest_of
from sixnines.config.yaml_tree import MOST_NODES
from support.catalog import CATALOG

ROOT = "version: 1\ninclude: [providers.yaml, 'models/*.yaml']\npatterns: [{match: a, model: m}]\n"
FILES = {
    "lab.yaml": ROOT,
    "providers.yaml": "providers: {p: {kind: ollama}}\n",
    "models/m.yaml": "models: {m: {deployments: [{provider: p, model: x}]}}\npatterns: [{match: b, model: m}]\n",
    "models/n.yaml": "models: {n: {deployments: [{provider: p, model: y}]}}\npatterns: [{match: c, model: n}]\n",
}


def write(folder, files):
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    return folder / next(iter(files))


def read(folder, files):
    return read_config(write(folder, files), {}, CATALOG)


def told(loaded):
    return [f"{each.line}:{each.column} {each.path}: {each.message}" for each in loaded.diagnostics]


def test_maps_are_joined_and_patterns_follow_each_other(tmp_path):
    loaded = read(tmp_path, FILES)
    assert loaded.summary() == f"{tmp_path}/lab.yaml: fine (1 provider, 2 models, in 4 files)"
    assert list(loaded.snapshot.models) == ["m", "n"]
    assert [each.regex.pattern for each in loaded.snapshot.patterns] == ["a", "b", "c"]


def test_every_file_that_was_read_is_a_source_the_first_one_first(tmp_path):
    loaded = read(tmp_path, FILES)
    assert {each.path: each.content.decode() for each in loaded.sources} == FILES
    assert [each.path for each in loaded.sources] == list(FILES)
    assert loaded.snapshot.digest == digest_of(loaded.sources)


def test_the_same_files_without_a_disk_are_the_same_config(tmp_path):
    loaded = read(tmp_path, FILES)
    for path in FILES:
        (tmp_path / path).unlink()
    again = read_sources(loaded.sources, "lab.yaml", {}, CATALOG, directory=tmp_path)
    assert again.document == loaded.document
    assert again.snapshot.digest == loaded.snapshot.digest
    assert again.sources == loaded.sources


def test_what_is_not_included_is_no_source(tmp_path):
    sources = [SourceFile("lab.yaml", b"version: 1\n"), SourceFile("other.yaml", b"models: {}")]
    assert read_sources(sources, "lab.yaml", {}, CATALOG, directory=tmp_path).sources == (sources[0],)


def test_stored_sources_never_reach_for_the_disk(tmp_path):
    write(tmp_path, FILES)
    loaded = read_text(ROOT, "lab.yaml", {}, CATALOG, directory=tmp_path)
    assert told(loaded) == [
        '2:11 include[0]: the file "providers.yaml" is not among the files that are given',
        '2:27 include[1]: no file matches "models/*.yaml"',
    ]


def test_a_change_of_any_file_changes_the_digest(tmp_path):
    before = read(tmp_path, FILES).snapshot.digest
    (tmp_path / "models" / "n.yaml").write_text(FILES["models/n.yaml"] + "# more\n")
    assert read_config(tmp_path / "lab.yaml", {}, CATALOG).snapshot.digest != before


def test_places_and_excerpts_are_those_of_the_file_they_are_in(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write(tmp_path, {f"conf/{path}": text for path, text in FILES.items()})
    (tmp_path / "conf/models/n.yaml").write_text(
        "# n\nmodels:\n  n: {deployments: [{provider: q, model: y}]}\npatterns:\n  - {match: c, model: n}\n  - {match: d, model: o}\n"
    )
    loaded = read_config((tmp_path / "conf/lab.yaml").relative_to(tmp_path), {}, CATALOG)
    assert loaded.report() == (
        'conf/models/n.yaml:3:32: error: models.n.deployments[0].provider: unknown provider "q"\n'
        "    3 |   n: {deployments: [{provider: q, model: y}]}\n"
        "      |                                ^\n"
        'conf/models/n.yaml:6:23: error: patterns[1].model: unknown model or route "o"\n'
        "    6 |   - {match: d, model: o}\n"
        "      |                       ^\n"
        "conf/lab.yaml: 2 errors\n"
    )
    assert "::error file=conf/models/n.yaml,line=3,col=32::" in render_github(loaded.diagnostics)
    assert {each["file"] for each in json.loads(render_json(loaded.diagnostics))} == {"conf/models/n.yaml"}


def test_diagnostics_come_file_by_file_in_the_order_of_reading(tmp_path):
    files = FILES | {
        "models/m.yaml": "x: 1\n",
        "providers.yaml": "\n\n\nz: 1\n",
        "lab.yaml": "\n" * 9 + ROOT + "y: 1\n",
    }
    loaded = read(tmp_path, files)
    assert [(each.file.removeprefix(f"{tmp_path}/"), each.path) for each in loaded.diagnostics] == [
        ("lab.yaml", "patterns[0].model"),
        ("lab.yaml", "y"),
        ("providers.yaml", "z"),
        ("models/m.yaml", "x"),
        ("models/n.yaml", "models.n.deployments[0].provider"),
    ]


def test_a_name_that_two_files_give_is_an_error_with_both_places(tmp_path):
    files = FILES | {"models/n.yaml": "\nmodels:\n  m: {deployments: [{provider: p, model: y}]}\nproviders: {p: 3}\n"}
    places = [f"{tmp_path}/models/m.yaml:1:10", f"{tmp_path}/providers.yaml:1:13"]
    assert told(read(tmp_path, files)) == [
        f"3:3 models.m: this name is given in another file already ({places[0]})",
        "4:16 providers.p: expected a mapping, got a number",
        f"4:16 providers.p: this name is given in another file already ({places[1]})",
    ]


def test_of_a_name_that_is_given_twice_the_first_one_is_looked_at(tmp_path):
    files = FILES | {"models/n.yaml": "models: {m: {deployments: [{provider: nobody, model: y}]}}\n"}
    assert [each.path for each in read(tmp_path, files).diagnostics] == ["models.m"]


@pytest.mark.parametrize("key", ["server: {}", "defaults: {}", "default_model: m"])
def test_what_is_there_once_has_its_place_in_the_first_file(tmp_path, key):
    loaded = read(tmp_path, FILES | {"providers.yaml": FILES["providers.yaml"] + key})
    name = key.partition(":")[0]
    [problem] = loaded.diagnostics
    assert (problem.line, problem.path) == (2, name)
    assert problem.message == f"has its place in {tmp_path}/lab.yaml only, which includes this file"


def test_an_included_file_may_say_its_version_and_must_say_the_right_one(tmp_path):
    assert read(tmp_path, FILES | {"providers.yaml": "version: 1\n" + FILES["providers.yaml"]}).snapshot is not None
    loaded = read(tmp_path, FILES | {"providers.yaml": "version: 2\n" + FILES["providers.yaml"]})
    assert told(loaded) == ["1:10 version: expected the number 1, got the number 2"]


def test_paths_but_those_of_includes_are_relative_to_the_first_file(tmp_path):
    files = {
        "lab.yaml": "version: 1\ninclude: [sub/p.yaml]\n",
        "sub/p.yaml": "include: [m.yaml]\nproviders: {p: {kind: ollama, api_key: 'file:keys/p'}}\n",
        "sub/m.yaml": "models: {m: {deployments: [{provider: p, model: x}]}}\n",
    }
    assert told(read(tmp_path, files | {"sub/keys/p": "k"})) == [
        '2:40 providers.p.api_key: the file "keys/p" cannot be read: No such file or directory'
    ]
    assert read(tmp_path, files | {"keys/p": "k"}).snapshot is not None


def test_nothing_is_missed_because_a_file_is_missing(tmp_path):
    files = FILES | {"lab.yaml": ROOT.replace("providers.yaml", "provders.yaml") + "x: 1\n"}
    assert [each.path for each in read(tmp_path, files).diagnostics] == ["include[0]", "x"]


def test_a_config_that_is_written_for_one_file_is_told_apart_by_its_bytes_alone(tmp_path):
    assert read(tmp_path, {"a.yaml": "version: 1\n"}).sources[0].digest == digest_of(
        read(tmp_path, {"b.yaml": "version: 1\n"}).sources
    )


def test_a_pattern_takes_no_folders_and_no_hidden_files(tmp_path):
    loaded = read(tmp_path, FILES | {"models/.old.yaml": "x: 1\n", "models/sub.yaml/x": ""})
    assert [each.path for each in loaded.sources] == list(FILES)


def test_a_pattern_that_matches_nothing_is_a_warning(tmp_path):
    loaded = read(tmp_path, {"lab.yaml": "version: 1\ninclude: ['*.yml']\n"})
    assert loaded.snapshot is not None
    assert '2:11 include[0]: no file matches "*.yml"' in told(loaded)


@pytest.mark.parametrize("pattern", ["*.yaml", "lab.yam?", "[l]ab.yaml", "lab.yaml", "./lab.yaml"])
def test_a_file_does_not_include_itself(tmp_path, pattern):
    loaded = read(tmp_path, {"lab.yaml": f"version: 1\ninclude: ['{pattern}']\n"})
    assert told(loaded) == ['2:11 include[0]: the files include each other: "lab.yaml" -> "lab.yaml"']


def test_a_way_round_is_told_with_every_file_on_it(tmp_path):
    files = {
        "lab.yaml": "version: 1\ninclude: [s/a.yaml]\n",
        "s/a.yaml": "include: [b.yaml]",
        "s/b.yaml": "include: [a.yaml]",
    }
    assert told(read(tmp_path, files)) == [
        '1:11 include[0]: the files include each other: "s/a.yaml" -> "s/b.yaml" -> "s/a.yaml"'
    ]


def test_a_file_is_included_once(tmp_path):
    files = {"lab.yaml": "version: 1\ninclude: [a.yaml, ./a.yaml]\n", "a.yaml": "models: {}\n"}
    assert told(read(tmp_path, files)) == [f'2:19 include[1]: "a.yaml" is included already ({tmp_path}/lab.yaml:2:11)']


@pytest.mark.parametrize("stored", [False, True])
@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("/etc/hosts", "an absolute path; only one that is relative to this file can stand here"),
        ("../b.yaml", "a path that leads upwards (..)"),
        ("a/../b.yaml", "a path that leads upwards (..)"),
        ("../*.yaml", "a path that leads upwards (..)"),
        (".", "this folder, and not a file in it"),
        ("*/b.yaml", "a wildcard in the name of a folder; it can stand in the last part only"),
        ("**/b.yaml", "a wildcard in the name of a folder; it can stand in the last part only"),
    ],
)
def test_a_path_that_leads_out_is_refused_whatever_is_there(tmp_path, path, message, stored):
    write(tmp_path, {"b.yaml": "", "lab/a/x.yaml": ""})
    text = f"version: 1\ninclude: ['{path}']\n"
    if stored:
        sources = [SourceFile("lab.yaml", text.encode()), SourceFile(path, b"models: {}")]
        loaded = read_sources(sources, "lab.yaml", {}, CATALOG, directory=tmp_path)
    else:
        loaded = read(tmp_path / "lab", {"lab.yaml": text})
    assert told(loaded) == [f"2:11 include[0]: {message}"]
    assert loaded.snapshot is None


LEADS_OUT = "is a link that leads out of the folder of the config"


@pytest.mark.parametrize("name", ["b.yaml", "s/b.yaml", "s/*.yaml"])
def test_a_link_that_leads_out_of_the_folder_is_refused(tmp_path, name):
    write(tmp_path, {"away/b.yaml": "models: {secret: 1}\n", "lab/x": ""})
    (tmp_path / "lab" / "b.yaml").symlink_to("../away/b.yaml")
    (tmp_path / "lab" / "s").symlink_to(tmp_path / "away")
    loaded = read(tmp_path / "lab", {"lab.yaml": f"version: 1\ninclude: ['{name}']\n"})
    what = 'the folder "s"' if "*" in name else f'the file "{name}"'
    assert told(loaded) == [f"2:11 include[0]: {what} {LEADS_OUT}"]


def test_a_folder_beside_whose_name_begins_alike_is_elsewhere(tmp_path):
    write(tmp_path, {"lab-2/b.yaml": "models: {}\n", "lab/x": ""})
    (tmp_path / "lab" / "b.yaml").symlink_to("../lab-2/b.yaml")
    loaded = read(tmp_path / "lab", {"lab.yaml": "version: 1\ninclude: [b.yaml]\n"})
    assert told(loaded) == [f'2:11 include[0]: the file "b.yaml" {LEADS_OUT}']


def test_a_link_that_stays_in_the_folder_is_followed_as_a_mounted_config_has_them(tmp_path):
    """Kubernetes mounts a config map as links to a hidden folder beside them."""
    write(tmp_path, {"..2026/lab.yaml": "version: 1\ninclude: [m.yaml]\n", "..2026/m.yaml": "domains: {d: {}}\n"})
    (tmp_path / "..data").symlink_to("..2026")
    for name in ("lab.yaml", "m.yaml"):
        (tmp_path / name).symlink_to(f"..data/{name}")
    loaded = read_config(tmp_path / "lab.yaml", {}, CATALOG)
    assert [each.path for each in loaded.sources] == ["lab.yaml", "m.yaml"]
    assert list(loaded.document.domains) == ["d"]


def test_a_link_to_itself_ends(tmp_path):
    (tmp_path / "b.yaml").symlink_to("b.yaml")
    loaded = read(tmp_path, {"lab.yaml": "version: 1\ninclude: [b.yaml]\n"})
    assert told(loaded) == ['2:11 include[0]: the file "b.yaml" cannot be read: Too many levels of symbolic links']


def test_a_folder_that_is_linked_into_itself_ends(tmp_path):
    (tmp_path / "s").symlink_to(".")
    loaded = read(tmp_path, {"lab.yaml": "version: 1\ninclude: [s/a.yaml]\n", "a.yaml": "include: [s/a.yaml]\n"})
    assert told(loaded) == [f"1:11 include[0]: more than {MOST_DEPTH} files that include each the next"]


def test_a_folder_is_no_file(tmp_path):
    (tmp_path / "models").mkdir()
    loaded = read(tmp_path, {"lab.yaml": "version: 1\ninclude: [models]\n"})
    assert told(loaded) == ['2:11 include[0]: the file "models" cannot be read: Is a directory']


def test_a_file_is_too_large_by_itself_or_with_the_others(tmp_path):
    files = {"lab.yaml": "version: 1\ninclude: [large.yaml]\n", "large.yaml": "#" * (MOST_BYTES + 1)}
    assert told(read(tmp_path, files)) == ['2:11 include[0]: the file "large.yaml" is larger than 8 MiB: not a config']
    half = "version: 1\n#" + "#" * (MOST_BYTES // 2)
    files = {"lab.yaml": "version: 1\ninclude: [a.yaml, b.yaml]\n", "a.yaml": half, "b.yaml": half}
    assert told(read(tmp_path, files)) == [
        '2:19 include[1]: the file "b.yaml" is with the other files larger than 8 MiB: not a config'
    ]


def test_there_are_not_more_files_than_anybody_needs(tmp_path):
    files = {"lab.yaml": "version: 1\ninclude: ['s/*.yaml']\n"}
    files |= {f"s/{number}.yaml": "models: {}\n" for number in range(MOST_FILES)}
    loaded = read(tmp_path, files)
    assert told(loaded) == ["2:11 include[0]: more than 1,000 files"]
    assert len(loaded.sources) == MOST_FILES


def test_aliases_of_all_files_count_together(tmp_path):
    bomb = "x: &a [" + "1, " * 1000 + "]\ny: [" + "*a, " * (MOST_NODES // 1500) + "]\n"
    files = {"lab.yaml": "version: 1\ninclude: [a.yaml, b.yaml]\n", "a.yaml": bomb, "b.yaml": bomb}
    assert any("with its aliases written out" in each.message for each in read(tmp_path, files).diagnostics)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("a.yaml", '2:10 include: expected a list, got the text "a.yaml"'),
        ("[1]", "2:11 include[0]: expected a path, got the number 1"),
        ("['']", "2:11 include[0]: empty, or with characters that cannot be seen"),
        ("[[a.yaml]]", "2:11 include[0]: expected a path, got a list"),
        ('["a\\0.yaml"]', "2:11 include[0]: empty, or with characters that cannot be seen"),
    ],
)
@pytest.mark.parametrize("first", [True, False])
def test_what_stands_under_include_is_a_list_of_paths(tmp_path, value, message, first):
    files = {"lab.yaml": f"version: 1\ninclude: {value}\n"}
    if not first:
        files = {"lab.yaml": "version: 1\ninclude: [b.yaml]\n", "b.yaml": f"version: 1\ninclude: {value}\n"}
    assert told(read(tmp_path, files)) == [message]


def test_a_secret_in_an_included_file_is_not_shown(tmp_path):
    files = {
        "lab.yaml": "version: 1\ninclude: [b.yaml, c.yaml]\nfallbacks:\n",  # the last key here is no key of b.yaml's list
        "b.yaml": "- hunter2\n",
        "c.yaml": "providers: {p: {kind: ollama, api_key: hunter2}}\nmodle: hunter2\n",
    }
    loaded = read(tmp_path, files)
    shown = loaded.report() + render_json(loaded.diagnostics) + render_github(loaded.diagnostics) + repr(loaded)
    assert len(loaded.diagnostics) == 4
    assert "hunter2" not in shown


def test_a_file_that_vanishes_while_it_is_read_is_a_file_that_is_not_there(tmp_path):
    """A dangling link is such a file: it is listed, and it is not there."""
    (tmp_path / "s").mkdir()
    (tmp_path / "s" / "a.yaml").symlink_to("gone")
    loaded = read(tmp_path, {"lab.yaml": "version: 1\ninclude: ['s/*']\n"})
    assert told(loaded) == ['2:11 include[0]: the file "s/a.yaml" cannot be read: No such file or directory']
