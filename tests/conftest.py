"""What holds for every test."""

import os

import hypothesis

# readline, which pytest loads, tells processes that it begins how large the terminal is; nobody here has that one.
for name in ("COLUMNS", "LINES"):
    os.environ.pop(name, None)

# How long an example takes says what else the machine is doing. A law that hangs ends at pytest's own limit.
hypothesis.settings.register_profile("sixnines", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("sixnines")
