"""The errors of chat-ui. None of them knows HTTP: the table of statuses is in `web/error_handlers.py`."""

from uuid import UUID

from chat_ui.language.translation import gettext as _
from chat_ui.language.translation import marked, whole


class ParleyError(Exception):
    """Base class; the message of each error is shown to the person or program that caused it."""


class ChatNotFound(ParleyError):
    """No such chat, or another user's: the answer does not distinguish the two."""

    def __init__(self) -> None:
        super().__init__(_("This chat does not exist, or it belongs to another browser."))


class MessageNotFound(ParleyError):
    def __init__(self) -> None:
        super().__init__(_("This message no longer exists."))


class SessionUnknown(ParleyError):
    def __init__(self) -> None:
        super().__init__(_("Your session has ended. Start again from the home page."))


class CredentialRefused(ParleyError):
    """Authentication failed; the message says why."""


class ScopeMissing(ParleyError):
    def __init__(self, scope: str) -> None:
        super().__init__(f"This API key lacks the scope “{scope}”. Create a key that has it.")


class LimitReached(ParleyError):
    """Too much in too short a time; `retry_after` is in seconds."""

    def __init__(self, message: str, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after


USED_UP = {
    "minute": marked("The limit per minute is used up. Try again in {seconds} seconds."),
    "day": marked("The limit per day is used up. Try again in {seconds} seconds."),
}


class UsageLimitReached(LimitReached):
    """The requests or tokens of a user or a key are used up."""

    def __init__(self, period: str, retry_after: int) -> None:
        super().__init__(_(USED_UP[period]).format(seconds=retry_after), retry_after)


class TooManyChats(LimitReached):
    def __init__(self, retry_after: int) -> None:
        sentence = _("You have started too many chats in the last minute. Try again in {seconds} seconds.")
        super().__init__(sentence.format(seconds=retry_after), retry_after)


class TooManyGuests(LimitReached):
    def __init__(self, retry_after: int) -> None:
        sentence = _("Too many new visitors have come from your network. Try again in {seconds} seconds.")
        super().__init__(sentence.format(seconds=retry_after), retry_after)


class TooManyMessages(LimitReached):
    def __init__(self, retry_after: int) -> None:
        sentence = _("Too many messages have come from your network. Try again in {seconds} seconds.")
        super().__init__(sentence.format(seconds=retry_after), retry_after)


class TooManyRequests(LimitReached):
    def __init__(self, retry_after: int) -> None:
        sentence = _("Too many requests have come from your network. Try again in {seconds} seconds.")
        super().__init__(sentence.format(seconds=retry_after), retry_after)


QUOTAS = {
    "chats": marked(
        "You have reached the limit of {most} chats. Delete chats that you no longer need; "
        "their place is free about ten minutes later."
    ),
    "messages": marked(
        "You have reached the limit of {most} messages. Delete chats that you no longer need; "
        "their place is free about ten minutes later."
    ),
    "bytes": marked(
        "You have reached the limit of {megabytes} MB of text. Delete chats that you no longer need; "
        "their place is free about ten minutes later."
    ),
    "presets": marked("You have reached the limit of {most} presets. Delete one, then save again."),
    "keys": marked("You have reached the limit of {most} API keys. Revoke one, then create another."),
}
"""By db-api's names of what is limited."""


class QuotaReached(ParleyError):
    """The user owns as much as one user may."""

    def __init__(self, quota: str, most: int) -> None:
        super().__init__(_(QUOTAS[quota]).format(most=whole(most), megabytes=f"{most / 1_000_000:g}"))


class SearchRunning(LimitReached):
    """Each person has one search at a time."""

    def __init__(self) -> None:
        super().__init__(_("Your last search is still running. Try again in a moment."), retry_after=1)


class ChatChanged(ParleyError):
    def __init__(self) -> None:
        super().__init__("The conversation has changed since you read it. Read it again, then repeat the change.")


class KeyNotFound(ParleyError):
    def __init__(self) -> None:
        super().__init__(_("This key no longer exists."))


class PresetNotFound(ParleyError):
    def __init__(self) -> None:
        super().__init__(_("This preset no longer exists."))


class PresetNameTaken(ParleyError):
    def __init__(self) -> None:
        super().__init__(_("You already have a preset with this name. Choose another name."))


class KeyReused(ParleyError):
    def __init__(self) -> None:
        super().__init__("This Idempotency-Key was used for a different request. Use a new key for each request.")


class KeyInUse(ParleyError):
    def __init__(self) -> None:
        super().__init__("The first request with this Idempotency-Key is still in progress. Try again in a moment.")


class ReplyFailed(ParleyError):
    """The reply ended without an answer; the message says why."""


class ClientGone(ParleyError):
    """The client closed the connection."""


class ReplyRunning(ParleyError):
    """The chat's last reply is still running."""

    def __init__(self, reply_id: UUID) -> None:
        super().__init__(_("The last reply is still being written. Wait for it or stop it, then send again."))
        self.reply_id = reply_id


class ReplyEnded(ParleyError):
    """The reply is in the wrong state, for example stopped after it ended."""

    def __init__(self) -> None:
        super().__init__(_("This reply has already ended."))


class LeaseLost(ParleyError):
    """This process no longer owns the reply."""

    def __init__(self) -> None:
        super().__init__(_("Another process is writing this reply now."))


class InvalidText(ParleyError):
    """A text that cannot be accepted; the message says what to change."""


class RequestTooComplex(ParleyError):
    """What the model server would have to compile or read exceeds a limit; the message names it."""


class ModelNotFound(ParleyError):
    def __init__(self) -> None:
        super().__init__("No model of this name is served here; GET /v1/models lists the names.")


class QueueFull(ParleyError):
    def __init__(self) -> None:
        super().__init__(_("Too many replies are waiting for the model right now. Try again in a moment."))


class GaveWay(ParleyError):
    """Background work was ended because a reply needs the model."""


class DatabaseUnavailable(ParleyError):
    def __init__(self) -> None:
        super().__init__(_("The database is unavailable. Nothing is lost; try again in a moment."))


class LanguageModelUnavailable(ParleyError):
    """The model server is unreachable, loading, or closed the connection: a retry can help."""

    def __init__(self) -> None:
        super().__init__(_("The language model does not respond. Try again in a moment."))


class LanguageModelRefused(ParleyError):
    """The model server rejected the request: a retry does not help. `words` are the server's own, for programs."""

    def __init__(self, words: str = "") -> None:
        super().__init__(_("The language model refused this message. Change it and send it again."))
        self.words = words


class ContextExceeded(LanguageModelRefused):
    """The prompt is longer than the model's context. Both figures are in tokens."""

    def __init__(self, prompt_tokens: int, context_tokens: int) -> None:
        sentence = _(
            "The message is too long for this model: it takes {prompt_tokens} tokens and the model "
            "remembers {context_tokens}. Shorten it and send it again."
        ).format(prompt_tokens=prompt_tokens, context_tokens=context_tokens)
        ParleyError.__init__(self, sentence)
        self.words = sentence
        self.prompt_tokens = prompt_tokens
        self.context_tokens = context_tokens
