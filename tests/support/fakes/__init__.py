"""Stand-ins that answer over the real wire: db-api, the model server, a model hub, a network that can be cut."""
