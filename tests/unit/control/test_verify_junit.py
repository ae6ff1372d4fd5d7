"""Results for CI servers: well-formed XML whatever was seen, with the numbers that the results have."""

import xml.etree.ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from sixnines.control.events import CheckResult, CheckStatus
from sixnines.control.verify.junit import render

TEXTS = st.text(max_size=30)
RESULTS = st.lists(
    st.builds(
        CheckResult, group=st.sampled_from(["gateway", "models", "a<b"]), subject=TEXTS, name=TEXTS,
        status=st.sampled_from(CheckStatus), message=TEXTS, elapsed_s=st.floats(0, 1000),
    ),
    max_size=8,
)  # fmt: skip


@given(RESULTS)
def test_the_document_is_well_formed_and_counts_right(results):
    root = ET.fromstring(render(results))
    assert root.tag == "testsuites"
    cases = root.findall("testsuite/testcase")
    assert len(cases) == int(root.get("tests")) == len(results)
    for status, word, tag in ((CheckStatus.FAILED, "failures", "failure"), (CheckStatus.SKIPPED, "skipped", "skipped")):
        number = sum(each.status is status for each in results)
        assert len(root.findall(f"testsuite/testcase/{tag}")) == int(root.get(word)) == number
        assert sum(int(each.get(word)) for each in root.findall("testsuite")) == number
    for suite in root.findall("testsuite"):
        assert int(suite.get("tests")) == len(suite.findall("testcase"))
        assert {each.get("classname") for each in suite.findall("testcase")} == {f"sixnines.{suite.get('name')}"}


def test_what_was_seen_is_in_it():
    results = [
        CheckResult(
            group="models", subject="m", name="a/up alone answers", status=CheckStatus.FAILED, message='502 "x" <y>'
        ),
        CheckResult(group="models", subject="", name="n", status=CheckStatus.PASSED, message="seen", elapsed_s=1.25),
        CheckResult(group="keys", subject="", name="n", status=CheckStatus.SKIPPED, message="no keys"),
        CheckResult(group="keys", subject="", name="w", status=CheckStatus.WARNING, message="hm"),
    ]
    root = ET.fromstring(render(results))
    assert root.find("testsuite/testcase/failure").text == '502 "x" <y>'
    assert root.find("testsuite/testcase").get("name") == "m: a/up alone answers"
    assert [each.text for each in root.iter("system-out")] == ["seen", "warning: hm"]
    assert root.find("testsuite/testcase/skipped").get("message") == "no keys"
    assert root.get("time") == "1.250"
