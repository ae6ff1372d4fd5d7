"""Takes pictures of every page of `/ui`, in light and dark, and of the first one on a phone: `make screenshots`.

A real gateway in front of stand-in engines answers a few minutes of traffic meanwhile, of which some falls over: what
the pages show was measured. Writes docs/images/ui-*.png; `--minutes 0.5` is quicker and has emptier charts.
"""

import argparse
import contextlib
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Page

from sixnines.web.registry import PAGES
from support.browsing import PHONE, SCHEMES, Browsing, chromium
from support.checkout import ROOT
from support.web_lab import WebLab, web_lab

IMAGES = ROOT / "docs" / "images"
# Of each folder of pages one is taken: the one that shows most, or else the first to which a page leads.
CHOSEN = {"/ui/providers/": "/ui/providers/llamacpp", "/ui/models/": "/ui/models/llama3.1:latest"}
_PAUSES_S = (0.1, 0.35, 0.2, 0.6, 0.15)


def flow(lab: WebLab, over: threading.Event) -> None:
    """Traffic that swells and ebbs."""
    began = time.monotonic()
    while not over.is_set():
        lab.traffic(1)
        minute = int((time.monotonic() - began) / 60)
        over.wait(_PAUSES_S[minute % len(_PAUSES_S)])


def paths(web: Browsing) -> Iterator[tuple[str, str]]:
    """A name for the picture of each page, and its path."""
    context = web.context()
    links: list[str] = []
    for page in PAGES:
        if page.place:
            yield page.path.removeprefix("/ui").strip("/") or "overview", page.path
            held = web.go(context, page.path)
            links += held.eval_on_selector_all("main a[href]", "each => each.map(a => a.getAttribute('href'))")
            held.close()
    context.close()
    for page in PAGES:
        if page.path.endswith("/"):
            path = CHOSEN.get(page.path) or next((link for link in links if link.startswith(page.path)), None)
            if path is not None:
                name = page.path.removeprefix("/ui/").strip("/")
                yield f"{name.removesuffix('s')}-page", path


def settle(page: Page) -> None:
    """Wait until what a page asks for has come."""
    with contextlib.suppress(Exception):
        page.wait_for_load_state("networkidle", timeout=1500)
    page.wait_for_timeout(2500)


def main() -> int:
    """Take them all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=8.0, help="of traffic before the first picture (8)")
    parser.add_argument("--only", help="a page by the name of its picture, such as graph")
    asked = parser.parse_args()
    minutes = asked.minutes
    IMAGES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, web_lab(Path(folder)) as lab, chromium() as browser:
        over = threading.Event()
        flowing = threading.Thread(target=flow, args=(lab, over), daemon=True)
        flowing.start()
        try:
            time.sleep(minutes * 60)
            with Browsing(browser, lab.url) as web:
                for name, path in paths(web):
                    if asked.only not in (None, name):
                        continue
                    for scheme in SCHEMES:
                        page = web.open(path, scheme=scheme)
                        settle(page)
                        page.screenshot(path=IMAGES / f"ui-{name}-{scheme}.png", animations="disabled")
                        page.context.close()
                    print(f"{path}: docs/images/ui-{name}-light.png, -dark.png")
                if asked.only in (None, "overview"):
                    page = web.open("/ui", width=PHONE)
                    settle(page)
                    page.screenshot(path=IMAGES / "ui-overview-phone.png", animations="disabled")
        finally:
            over.set()
            flowing.join(60)
    return 0


if __name__ == "__main__":
    sys.exit(main())
