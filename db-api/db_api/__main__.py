"""Run the service: `python -m db_api`."""

import uvicorn

from db_api.main import production_app
from db_api.settings import Settings, load_settings

settings = load_settings(Settings)
uvicorn.run(
    production_app(),
    host=settings.listen_host,
    port=settings.listen_port,
    log_config=None,
    server_header=False,
    timeout_graceful_shutdown=10,
    # Longer than the callers' own timeout, or one would sometimes send a request on a connection being closed.
    timeout_keep_alive=80,
)
