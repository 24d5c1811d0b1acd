-- A deleted chat is hidden at once, and purged unless it is restored in time.
ALTER TABLE chats
    ADD COLUMN deleted_at timestamptz,
    ADD COLUMN former_name text;  -- a deleted chat releases its name: the same name opens a new chat

CREATE INDEX chats_list_idx ON chats (user_id, archived, pinned DESC, updated_at DESC, id DESC)
    WHERE deleted_at IS NULL;
CREATE INDEX chats_deleted_at_idx ON chats (deleted_at) WHERE deleted_at IS NOT NULL;

-- Remove all users' chats that were deleted longer ago than this.
CREATE FUNCTION purge_chats(p_kept interval) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_count integer;
BEGIN
    DELETE FROM chats WHERE deleted_at < now() - p_kept;
    GET DIAGNOSTICS v_count = ROW_COUNT;
    RETURN v_count;
END $$;

REVOKE EXECUTE ON FUNCTION purge_chats FROM PUBLIC;
GRANT EXECUTE ON FUNCTION purge_chats TO parley_api;
