"""What can go wrong, in the words of the domain. None of them knows HTTP; `error_handlers` gives each its status."""

from typing import Any
from uuid import UUID


class DatabaseApiError(Exception):
    """`details` are further fields of the answer."""

    def __init__(self, sentence: str, **details: Any) -> None:
        super().__init__(sentence)
        self.details = details


class ServiceUnknown(DatabaseApiError):
    def __init__(self) -> None:
        super().__init__("The calling service did not prove itself with its token.")


class SessionUnknown(DatabaseApiError):
    def __init__(self) -> None:
        super().__init__("There is no such session, or it has ended.")


class ChatNotFound(DatabaseApiError):
    def __init__(self) -> None:
        super().__init__("There is no such chat, or it belongs to somebody else.")


class MessageNotFound(DatabaseApiError):
    def __init__(self) -> None:
        super().__init__("There is no such message here, or it belongs to somebody else.")


class ReplyNotFound(DatabaseApiError):
    def __init__(self) -> None:
        super().__init__("There is no such reply, or it belongs to somebody else.")


class KeyNotFound(DatabaseApiError):
    def __init__(self) -> None:
        super().__init__("There is no such key, or it belongs to somebody else.")


class PresetNotFound(DatabaseApiError):
    def __init__(self) -> None:
        super().__init__("There is no such preset, or it belongs to somebody else.")


class PresetNameTaken(DatabaseApiError):
    def __init__(self) -> None:
        super().__init__("This user has another preset of this name.")


class IdempotencyKeyReused(DatabaseApiError):
    def __init__(self) -> None:
        super().__init__("This key came before with another request.")


class IdempotencyKeyInUse(DatabaseApiError):
    def __init__(self) -> None:
        super().__init__("The first request with this key is still being answered.")


class ChatChanged(DatabaseApiError):
    def __init__(self) -> None:
        super().__init__("Somebody changed this chat in the meantime.")


class ReplyRunning(DatabaseApiError):
    """A chat's replies come one after another."""

    def __init__(self, reply_id: UUID) -> None:
        super().__init__("A reply is being written in this chat.", reply_id=reply_id)


class ReplyEnded(DatabaseApiError):
    """The reply is in no state for what was asked: to stop an ended one, to continue a complete one."""

    def __init__(self) -> None:
        super().__init__("This reply has ended.")


class LeaseLost(DatabaseApiError):
    """The reply belongs to another writer, has ended, or is gone."""

    def __init__(self) -> None:
        super().__init__("This writer may no longer write this reply.")


class InvalidRequest(DatabaseApiError):
    """A request that makes no sense; the sentence says why."""


class DatabaseUnavailable(DatabaseApiError):
    def __init__(self) -> None:
        super().__init__("The database does not answer. Try again in a moment.")
