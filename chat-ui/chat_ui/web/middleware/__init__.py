"""Middleware: what happens to every request before any route."""
