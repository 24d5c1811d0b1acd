"""All SQL that requests make. Nothing here commits; the request's transaction does, before the answer."""
