"""A gateway that nobody looks at pays nothing for the web page."""

import subprocess
import sys


def test_building_a_gateway_loads_no_page_and_no_template_engine():
    code = "import sys; import sixnines.bootstrap; print([n for n in sys.modules if n == 'jinja2' or n.startswith('sixnines.web.')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['sixnines.web.door']"
