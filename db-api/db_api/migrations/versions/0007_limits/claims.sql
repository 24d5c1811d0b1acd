-- How often the reply's writer has vanished since text was last stored.
ALTER TABLE messages ADD COLUMN attempts smallint NOT NULL DEFAULT 0;
GRANT UPDATE (attempts) ON messages TO parley_api;

-- Renew the lease of each reply and overwrite its text from the position on.
-- Returns only the refused writes: replies that this writer does not hold (length is NULL), and positions beyond the
-- end of the stored text (length is that end; the lease is renewed all the same).
CREATE OR REPLACE FUNCTION write_replies(
    p_lease_id uuid, p_lease interval, p_reply_ids uuid[], p_statuses text[], p_positions integer[], p_texts text[]
) RETURNS TABLE (refused_id uuid, length integer)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_write record;
    v_reply record;
    v_length integer;
BEGIN
    -- A crash of Postgres may cost the last moment of text, which is generated again.
    PERFORM set_config('synchronous_commit', 'off', true);
    FOR v_write IN  -- in one order, so that two calls never wait for each other
        SELECT * FROM unnest(p_reply_ids, p_statuses, p_positions, p_texts) AS w (reply_id, status, position, text)
        ORDER BY w.reply_id, w.position
    LOOP
        UPDATE messages SET status = v_write.status, lease_expires_at = now() + p_lease
        WHERE id = v_write.reply_id AND lease_id = p_lease_id AND status IN ('queued', 'generating')
        RETURNING user_id, char_length(content) AS content_length, attempts INTO v_reply;
        IF NOT FOUND THEN
            RETURN QUERY SELECT v_write.reply_id, NULL::integer;
            CONTINUE;
        END IF;

        SELECT c.position + char_length(c.text) INTO v_length FROM reply_chunks c
        WHERE c.reply_id = v_write.reply_id ORDER BY c.position DESC LIMIT 1;
        v_length := coalesce(v_length, v_reply.content_length);
        IF v_write.position > v_length THEN
            RETURN QUERY SELECT v_write.reply_id, v_length;
            CONTINUE;
        END IF;

        IF v_write.position < v_length THEN
            DELETE FROM reply_chunks c WHERE c.reply_id = v_write.reply_id AND c.position >= v_write.position;
            UPDATE reply_chunks c SET text = left(c.text, v_write.position - c.position)
            WHERE c.reply_id = v_write.reply_id AND c.position + char_length(c.text) > v_write.position;
        END IF;
        IF v_write.position < v_reply.content_length THEN
            UPDATE messages SET content = left(content, v_write.position) WHERE id = v_write.reply_id;
        END IF;
        IF v_write.text <> '' THEN
            INSERT INTO reply_chunks (reply_id, user_id, position, text)
            VALUES (v_write.reply_id, v_reply.user_id, v_write.position, v_write.text);
        END IF;
        -- Only text beyond what was stored is progress.
        IF v_reply.attempts > 0 AND v_write.position + char_length(v_write.text) > v_length THEN
            UPDATE messages SET attempts = 0 WHERE id = v_write.reply_id;
        END IF;
    END LOOP;
END $$;

-- Take over running replies without a writer, oldest first; their chunks are joined into the content.
-- A reply whose writers vanish again and again may be what ends them: it fails instead of being claimed for ever.
CREATE OR REPLACE FUNCTION claim_replies(p_lease_id uuid, p_lease interval, p_limit integer)
RETURNS TABLE (claimed_id uuid, claimed_chat_id uuid, claimed_user_id uuid)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_most_attempts CONSTANT integer := 10;
    v_failed_id uuid;
    v_ids uuid[] := ARRAY(
        SELECT id FROM messages
        WHERE status IN ('queued', 'generating') AND (lease_expires_at IS NULL OR lease_expires_at < now())
        ORDER BY sequence LIMIT p_limit
        FOR NO KEY UPDATE SKIP LOCKED
    );
BEGIN
    FOR v_failed_id IN  -- in the order in which the triggers lock users
        SELECT id FROM messages
        WHERE id = ANY (v_ids) AND lease_expires_at IS NOT NULL AND attempts >= v_most_attempts ORDER BY user_id
    LOOP
        UPDATE messages SET
            status = 'failed', error = 'The reply could not be written after several attempts. Regenerate it.',
            content = join_chunks(id, content), lease_id = NULL, lease_expires_at = NULL
        WHERE id = v_failed_id;
    END LOOP;
    UPDATE messages SET
        -- A writer that shut down released its lease; only one that vanished counts.
        attempts = CASE WHEN lease_expires_at IS NULL THEN attempts ELSE attempts + 1 END,
        lease_id = p_lease_id, lease_expires_at = now() + p_lease, content = join_chunks(id, content)
    WHERE id = ANY (v_ids) AND status IN ('queued', 'generating');
    DELETE FROM reply_chunks WHERE reply_id = ANY (v_ids);
    RETURN QUERY
        SELECT id, chat_id, user_id FROM messages
        WHERE id = ANY (v_ids) AND status IN ('queued', 'generating') ORDER BY sequence;
END $$;
