"""Fixtures for all tests."""

pytest_plugins = ["tests.support.database", "tests.support.db_api", "tests.support.model_server"]
