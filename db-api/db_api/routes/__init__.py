"""The routes: each parses its request, delegates to a repository and answers."""
