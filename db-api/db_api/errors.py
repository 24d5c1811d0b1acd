"""Errors of the domain. None of them knows HTTP; `error_handlers` maps each to its status."""

from typing import Any
from uuid import UUID


class DatabaseApiError(Exception):
    """The base of all errors; `details` become further fields of the response."""

    def __init__(self, message: str, **details: Any) -> None:
        super().__init__(message)
        self.details = details


class ServiceUnknown(DatabaseApiError):
    def __init__(self) -> None:
        super().__init__("The service token is missing or wrong: send DB_API_TOKEN as a bearer token.")


class SessionUnknown(DatabaseApiError):
    def __init__(self) -> None:
        super().__init__("X-Session-ID is missing, or names no current session and no API key.")


class ChatNotFound(DatabaseApiError):
    def __init__(self) -> None:
        super().__init__("This user has no such chat.")


class MessageNotFound(DatabaseApiError):
    def __init__(self) -> None:
        super().__init__("This user has no such message here.")


class ReplyNotFound(DatabaseApiError):
    def __init__(self) -> None:
        super().__init__("This user has no such reply.")


class KeyNotFound(DatabaseApiError):
    def __init__(self) -> None:
        super().__init__("This user has no such API key.")


class PresetNotFound(DatabaseApiError):
    def __init__(self) -> None:
        super().__init__("This user has no such preset.")


class PresetNameTaken(DatabaseApiError):
    def __init__(self) -> None:
        super().__init__("This user has another preset with this name.")


class QuotaReached(DatabaseApiError):
    """The user owns as much as one user may."""

    def __init__(self, quota: str, most: int) -> None:
        super().__init__(f"This user has reached the quota of {most} {quota}.", quota=quota, most=most)


class TooManyChats(DatabaseApiError):
    """The user creates chats too fast."""

    def __init__(self, retry_after: int) -> None:
        super().__init__("This user has created too many chats in the last minute.", retry_after=retry_after)


class IdempotencyKeyReused(DatabaseApiError):
    def __init__(self) -> None:
        super().__init__("This idempotency key was used for a different request.")


class IdempotencyKeyInUse(DatabaseApiError):
    def __init__(self) -> None:
        super().__init__("The first request with this idempotency key is still in progress.")


class ChatChanged(DatabaseApiError):
    def __init__(self) -> None:
        super().__init__("The chat has changed since if_version was read.")


class ReplyRunning(DatabaseApiError):
    """A chat has at most one running reply."""

    def __init__(self, reply_id: UUID) -> None:
        super().__init__("Another reply is running in this chat.", reply_id=reply_id)


class ReplyEnded(DatabaseApiError):
    """The reply's state does not allow the action: stopping an ended reply, or continuing a complete one."""

    def __init__(self) -> None:
        super().__init__("This reply has ended.")


class LeaseLost(DatabaseApiError):
    """The reply belongs to another writer, has ended or was deleted."""

    def __init__(self) -> None:
        super().__init__("This writer does not hold the reply's lease.")


class SearchRunning(DatabaseApiError):
    """Each user has at most one running search."""

    def __init__(self) -> None:
        super().__init__("Another search of this user is running. Try again in a moment.")


class InvalidRequest(DatabaseApiError):
    """A malformed request; the message gives the reason."""


class DatabaseUnavailable(DatabaseApiError):
    def __init__(self) -> None:
        super().__init__("The database is unavailable. Try again in a moment.")
