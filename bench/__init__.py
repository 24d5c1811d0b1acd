"""What Parley costs, measured side by side with what is below it. `python -m bench --help`."""
