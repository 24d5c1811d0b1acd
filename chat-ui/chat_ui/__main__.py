"""Run the service: `python -m chat_ui`."""

import uvicorn

from chat_ui.settings import load_settings


def main() -> None:
    settings = load_settings()
    uvicorn.run(
        "chat_ui.main:production_app",
        factory=True,
        host=settings.listen_host,
        port=settings.listen_port,
        log_config=None,
        proxy_headers=False,  # web/middleware/forwarded.py reads them
        timeout_keep_alive=75 + 5,  # longer than nginx, which would otherwise write into a closed connection
        timeout_graceful_shutdown=10,
        server_header=False,
    )


if __name__ == "__main__":
    main()
