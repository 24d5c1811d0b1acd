"""The data of a chat's page, in one round trip to Postgres and as the JSON that Postgres writes."""

from uuid import UUID

from sqlalchemy import Connection

from db_api.database.prepared import Prepared
from db_api.errors import ChatNotFound, MessageNotFound, SessionUnknown
from db_api.repositories.chats import SUMMARIES
from db_api.repositories.columns import columns
from db_api.repositories.paths import branch_end, path_to
from db_api.repositories.sessions import entering
from db_api.schemas.presets import PresetRead

_NEWEST_FIRST = "pinned DESC, updated_at DESC, id DESC"
_PAGE = Prepared(
    "chat_page",
    "uuid, integer, uuid",
    f"""
    WITH chat AS ({SUMMARIES} AND id = $1),
    listed AS (
        SELECT row_to_json(summary) AS item, row_number() OVER (ORDER BY {_NEWEST_FIRST}) AS place,
            concat_ws('.', pinned::integer, (extract(epoch FROM updated_at) * 1000000)::bigint, id) AS cursor
        FROM ({SUMMARIES} AND NOT archived ORDER BY {_NEWEST_FIRST} LIMIT $2 + 1) summary
    ),
    leaf AS (SELECT {branch_end("$1", "current_message_id", "$3")} AS id FROM chat),
    page AS (SELECT json_build_object(
        'chat', (SELECT row_to_json(shown) FROM (SELECT chat.*, ({path_to("(SELECT id FROM leaf)")}) AS path) shown),
        'chats', (SELECT json_build_object(
            'items', coalesce(json_agg(item ORDER BY place) FILTER (WHERE place <= $2), '[]'),
            'next', CASE WHEN count(*) > $2 THEN max(cursor) FILTER (WHERE place = $2) END
        ) FROM listed),
        'presets', (
            SELECT json_agg(preset ORDER BY lower(name))
            FROM (SELECT {columns(PresetRead, "presets")} FROM presets) preset WHERE current_message_id IS NULL
        )
    )::text AS json FROM chat)
    SELECT current_user_id() IS NOT NULL AS entered, (SELECT json FROM page) AS json,
        $3 IS NULL OR (SELECT id FROM leaf) IS NOT NULL AS has_message
    """,  # noqa: S608 - contains no user's data
)


def read_page(connection: Connection, token: str, chat_id: UUID, limit: int, through: UUID | None = None) -> str:
    """Return the chat with its path, the start of the chat list and, for an empty chat, the presets; as JSON.

    Raises:
        SessionUnknown: The token is unknown.
        ChatNotFound: The user has no such chat.
        MessageNotFound: The chat has no message `through`.
    """
    branch = str(through) if through else None
    page = _PAGE.execute(connection, str(chat_id), limit, branch, preceded_by=entering(token)).one()
    if not page.entered:
        raise SessionUnknown
    if page.json is None:
        raise ChatNotFound
    if not page.has_message:
        raise MessageNotFound
    return str(page.json)
