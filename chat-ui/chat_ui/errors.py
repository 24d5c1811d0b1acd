"""What can go wrong, in chat-ui's own words. None of these knows HTTP; `error_handlers` has the table."""

from uuid import UUID

from chat_ui.language.translation import gettext as _


class ParleyError(Exception):
    """The sentence of each error is written for the person who reads the page."""


class ChatNotFound(ParleyError):
    """No such chat, or somebody else's: the two are not told apart."""

    def __init__(self) -> None:
        super().__init__(_("This chat does not exist, or it belongs to another browser."))


class MessageNotFound(ParleyError):
    def __init__(self) -> None:
        super().__init__(_("This message does not exist any more."))


class SessionUnknown(ParleyError):
    def __init__(self) -> None:
        super().__init__(_("Your session has ended. Start again from the first page."))


class CredentialRefused(ParleyError):
    """Nobody comes in with this key, token or cookie; the sentence says why."""


class ScopeMissing(ParleyError):
    def __init__(self, scope: str) -> None:
        super().__init__(f"This key may not do that: it lacks the scope “{scope}”. Make one that has it.")


class LimitReached(ParleyError):
    def __init__(self, period: str, retry_after: int) -> None:
        super().__init__(f"The limit of this {period} is used up. Try again in {retry_after} seconds.")
        self.retry_after = retry_after


class ChatChanged(ParleyError):
    def __init__(self) -> None:
        super().__init__("This conversation has changed since you read it. Read it again, then repeat the change.")


class KeyNotFound(ParleyError):
    def __init__(self) -> None:
        super().__init__(_("This key does not exist any more."))


class PresetNotFound(ParleyError):
    def __init__(self) -> None:
        super().__init__(_("This preset does not exist any more."))


class PresetNameTaken(ParleyError):
    def __init__(self) -> None:
        super().__init__(_("You have a preset of this name already. Choose another name."))


class KeyReused(ParleyError):
    def __init__(self) -> None:
        super().__init__("This Idempotency-Key came before with another request. Use a new one for each request.")


class KeyInUse(ParleyError):
    def __init__(self) -> None:
        super().__init__("The first request with this Idempotency-Key is still being answered. Try again in a moment.")


class ReplyFailed(ParleyError):
    """The reply ended without an answer; the sentence says why."""


class ClientGone(ParleyError):
    """Nobody waits for this answer any more."""


class ReplyRunning(ParleyError):
    """The chat already has a reply that is being written."""

    def __init__(self, reply_id: UUID) -> None:
        super().__init__(_("The last reply is still being written. Wait for it or stop it, then send again."))
        self.reply_id = reply_id


class ReplyEnded(ParleyError):
    """The reply is in no state for what was asked (stopping a finished one, continuing a complete one)."""

    def __init__(self) -> None:
        super().__init__(_("This reply has already ended."))


class LeaseLost(ParleyError):
    """Another process writes this reply now."""

    def __init__(self) -> None:
        super().__init__(_("Another process writes this reply now."))


class InvalidText(ParleyError):
    """A text that cannot be taken as it is; the sentence says what to change."""


class QueueFull(ParleyError):
    def __init__(self) -> None:
        super().__init__(_("Too many replies are waiting for the model right now. Try again in a moment."))


class GaveWay(ParleyError):
    """What nobody waited for has ended, because a reply needs the model."""


class DatabaseUnavailable(ParleyError):
    def __init__(self) -> None:
        super().__init__(_("The database does not answer right now. Nothing is lost; try again in a moment."))


class LanguageModelUnavailable(ParleyError):
    """The model server is absent, still loading, or broke off: trying again can help."""

    def __init__(self) -> None:
        super().__init__(_("The language model does not answer."))


class LanguageModelRefused(ParleyError):
    """The model server understood the request and will not do it: trying again does not help."""


class ContextExceeded(LanguageModelRefused):
    """The prompt is longer than the model's context; both figures are in tokens."""

    def __init__(self, prompt_tokens: int, context_tokens: int) -> None:
        super().__init__(
            _(
                "The message is too long for this model: it takes {prompt_tokens} tokens and the model "
                "remembers {context_tokens}. Shorten it and send it again."
            ).format(prompt_tokens=prompt_tokens, context_tokens=context_tokens)
        )
        self.prompt_tokens = prompt_tokens
        self.context_tokens = context_tokens
