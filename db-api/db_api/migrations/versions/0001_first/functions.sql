-- Everything that crosses users. Each function runs as the schema's owner and does exactly what its name says.

-- Make the transaction see the rows of this token's user. Returns the user's id, or NULL for an unknown token.
CREATE FUNCTION enter_session(p_token_hash bytea) RETURNS uuid
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_session sessions;
BEGIN
    SELECT * INTO v_session FROM sessions WHERE token_hash = p_token_hash AND expires_at > now();
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    PERFORM set_config('app.user_id', v_session.user_id::text, true);
    IF v_session.last_seen_at < now() - interval '1 minute' THEN
        -- Whoever comes second does not wait for the first one's transaction.
        UPDATE sessions SET last_seen_at = now()
        WHERE id = (SELECT id FROM sessions WHERE id = v_session.id FOR NO KEY UPDATE SKIP LOCKED);
    END IF;
    RETURN v_session.user_id;
END $$;

CREATE FUNCTION create_guest(p_token_hash bytea, p_lifetime interval) RETURNS uuid
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_user_id uuid;
BEGIN
    INSERT INTO users DEFAULT VALUES RETURNING id INTO v_user_id;
    INSERT INTO sessions (user_id, token_hash, expires_at) VALUES (v_user_id, p_token_hash, now() + p_lifetime);
    PERFORM set_config('app.user_id', v_user_id::text, true);
    RETURN v_user_id;
END $$;

-- Renew the lease of each reply and overwrite its text from the position on.
-- Returns only the refused writes: replies that this writer does not hold (length is NULL), and positions beyond the
-- end of the stored text (length is that end; the lease is renewed all the same).
CREATE FUNCTION write_replies(
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
        RETURNING user_id, char_length(content) AS content_length INTO v_reply;
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
    END LOOP;
END $$;

-- End a reply that this writer holds. Returns false if it does not hold it. Safe to repeat.
CREATE FUNCTION end_reply(
    p_lease_id uuid, p_reply_id uuid, p_status text, p_content text, p_finish_reason text, p_error text,
    p_model text, p_prompt_tokens integer, p_completion_tokens integer, p_timings jsonb
) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE messages SET
        status = p_status, content = p_content, finish_reason = p_finish_reason, error = p_error, model = p_model,
        prompt_tokens = p_prompt_tokens, completion_tokens = p_completion_tokens, timings = p_timings,
        lease_expires_at = NULL
    WHERE id = p_reply_id AND lease_id = p_lease_id
        AND (status IN ('queued', 'generating') OR (status = p_status AND content = p_content));
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    DELETE FROM reply_chunks WHERE reply_id = p_reply_id;
    RETURN true;
END $$;

-- Take over running replies without a writer, oldest first; their chunks are joined into the content.
CREATE FUNCTION claim_replies(p_lease_id uuid, p_lease interval, p_limit integer)
RETURNS TABLE (claimed_id uuid, claimed_chat_id uuid, claimed_user_id uuid)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_ids uuid[] := ARRAY(
        SELECT id FROM messages
        WHERE status IN ('queued', 'generating') AND (lease_expires_at IS NULL OR lease_expires_at < now())
        ORDER BY sequence LIMIT p_limit
        FOR NO KEY UPDATE SKIP LOCKED
    );
BEGIN
    UPDATE messages SET lease_id = p_lease_id, lease_expires_at = now() + p_lease, content = join_chunks(id, content)
    WHERE id = ANY (v_ids);
    DELETE FROM reply_chunks WHERE reply_id = ANY (v_ids);
    RETURN QUERY SELECT id, chat_id, user_id FROM messages WHERE id = ANY (v_ids) ORDER BY sequence;
END $$;

-- Release all leases of this writer, so that others can claim its replies at once.
CREATE FUNCTION release_replies(p_lease_id uuid) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    UPDATE messages SET lease_id = NULL, lease_expires_at = NULL
    WHERE lease_id = p_lease_id AND status IN ('queued', 'generating');
$$;

REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA public FROM PUBLIC;
GRANT EXECUTE ON FUNCTION
    enter_session, create_guest, write_replies, end_reply, claim_replies, release_replies
TO parley_api;
