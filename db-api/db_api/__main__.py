"""Run the service: `python -m db_api`."""

import uvicorn

from db_api.log import configure_logging
from db_api.main import create_app
from db_api.settings import Settings, load_settings

settings = load_settings(Settings)
configure_logging(settings.log_format)
uvicorn.run(
    create_app(settings),
    host=settings.listen_host,
    port=settings.listen_port,
    log_config=None,
    server_header=False,
    timeout_graceful_shutdown=10,
    # Longer than callers keep theirs, or they would now and then write into a connection that is being closed.
    timeout_keep_alive=80,
)
