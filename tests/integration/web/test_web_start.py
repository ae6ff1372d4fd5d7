"""A gateway that nobody looks at pays nothing for the web page."""

import subprocess
import sys


def test_building_a_gateway_loads_no_page_and_no_template_engine():
    code = "import sys; import sixnines.bootstrap; print([n for n in sys.modules if n == 'jinja2' or n.startswith('sixnines.web.')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['sixnines.web.door']"


def test_looking_at_it_loads_nothing_that_only_commands_need():
    code = "import sys; import sixnines.web.registry, sixnines.web.website; print(sorted({'httpx', 'rich', 'textual', 'typer'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
