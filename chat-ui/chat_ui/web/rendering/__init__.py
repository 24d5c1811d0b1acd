"""From templates and static files to what a browser gets."""
