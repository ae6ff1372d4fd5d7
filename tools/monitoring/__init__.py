"""What `tools/monitoring_files.py` makes alert rules and dashboards of."""
