"""Real processes that tests start, kill and wait for: Postgres, each service alone, `make run`, the compose stack."""
