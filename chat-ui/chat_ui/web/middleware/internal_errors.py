"""A bug costs only the request that met it."""

import logging
from collections.abc import Awaitable, Callable

from fastapi import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

logger = logging.getLogger(__name__)


class InternalErrors:
    """Answers an error that the app does not know, instead of raising it.

    The server would close the connection, which a proxy keeps and may be using for the next client's request already.
    Only an answer that breaks off in the middle is still raised: closing is how its client learns of it.
    """

    def __init__(self, app: ASGIApp, answer: Callable[[Request, Exception], Awaitable[Response]]) -> None:
        self._app = app
        self._answer = answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = complete = False

        async def observed_send(message: Message) -> None:
            nonlocal begun, complete
            begun = True
            complete = message["type"] == "http.response.body" and not message.get("more_body", False)
            await send(message)

        try:
            await self._app(scope, receive, observed_send)
        except Exception as error:
            if complete:
                logger.exception("unexpected error after the answer to %s %s", scope["method"], scope["path"])
            elif begun:
                raise
            else:
                response = await self._answer(Request(scope, receive), error)
                await response(scope, receive, send)
