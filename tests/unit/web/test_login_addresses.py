"""Where somebody is led after signing in: to pages of ours and nowhere else."""

import pytest

from sixnines.web.login import local


@pytest.mark.parametrize(
    "wanted", ["/ui", "/ui/", "/ui/providers", "/ui/models/llama3.1%3Alatest", "/ui/requests?outcome=failed&limit=50"]
)
def test_a_page_of_ours_is_kept(wanted):
    assert local(wanted) == wanted


@pytest.mark.parametrize(
    "wanted",
    [
        "", "/", "/uix", "//evil.example", "/ui//evil.example", "https://evil.example/ui", "/ui/../admin/v1/apply",
        "/ui/..", "/ui/\\evil.example", "/ui\nset-cookie: a=b", "/ui/a b", "javascript:alert(1)", "/admin/v1/gateway",
        "/ui/login", "/ui/login?next=/ui", "/ui/logout", "/ui/" + "a" * 3000, "/ui/ü",
    ],
)  # fmt: skip
def test_any_other_address_is_the_first_page(wanted):
    assert local(wanted) == "/ui"
