"""Parley's costs, measured beside the software it is built on: `python -m bench --help`."""
