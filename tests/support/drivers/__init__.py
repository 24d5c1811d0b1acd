"""Clients that act for a test: people in browsers, programs with API keys, a terminal, db-api's callers."""
