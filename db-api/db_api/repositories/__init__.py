"""All SQL of the requests. Nothing here commits: the request's transaction does, before the response is sent."""
