-- A message's words and, as one more word, its user, so that the index finds one user's rows among everyone's.
-- A tsvector always has room for 100,000 characters; text beyond them is not indexed.
CREATE FUNCTION message_words(p_user_id uuid, p_content text) RETURNS tsvector
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN to_tsvector('simple', left(p_content, 100000)) || array_to_tsvector(ARRAY[p_user_id::text]);

CREATE INDEX messages_words_idx ON messages USING gin (message_words(user_id, content));

-- The messages of this transaction's user that contain these words, newest first. Under row-level security the index
-- could not be used (a policy is checked before a condition that might leak). So this function bypasses it and returns
-- ids only; their texts are read under row-level security.
CREATE FUNCTION search_messages(p_query tsquery, p_limit integer) RETURNS TABLE (message_id uuid)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_user_id uuid := current_user_id();
BEGIN
    IF v_user_id IS NULL OR numnode(p_query) = 0 THEN
        RETURN;
    END IF;
    RETURN QUERY
        SELECT m.id FROM messages m JOIN chats c ON c.id = m.chat_id
        WHERE message_words(m.user_id, m.content) @@ (quote_literal(v_user_id)::tsquery && p_query)
            AND m.user_id = v_user_id AND c.deleted_at IS NULL
        ORDER BY m.sequence DESC LIMIT p_limit;
END $$;

REVOKE EXECUTE ON FUNCTION search_messages, message_words FROM PUBLIC;
GRANT EXECUTE ON FUNCTION search_messages, message_words TO parley_api;
