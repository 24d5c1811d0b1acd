-- Purging, for all users, in batches that end soon. What another transaction has locked is left for the next batch.
CREATE INDEX usage_period_begins_at_idx ON usage (period, begins_at);

-- Remove chats that were deleted longer ago than this.
CREATE OR REPLACE FUNCTION purge_chats(p_kept interval) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_count integer;
BEGIN
    DELETE FROM chats WHERE id IN (
        SELECT id FROM chats WHERE deleted_at < now() - p_kept ORDER BY deleted_at LIMIT 100 FOR UPDATE SKIP LOCKED
    );
    GET DIAGNOSTICS v_count = ROW_COUNT;
    RETURN v_count;
END $$;

CREATE FUNCTION purge_sessions(p_limit integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_count integer;
BEGIN
    DELETE FROM sessions WHERE id IN (
        SELECT id FROM sessions WHERE expires_at < now() ORDER BY expires_at LIMIT p_limit FOR UPDATE SKIP LOCKED
    );
    GET DIAGNOSTICS v_count = ROW_COUNT;
    RETURN v_count;
END $$;

-- Remove guests who own no text, preset or key, and who have not come for this long.
CREATE FUNCTION purge_guests(p_age interval, p_limit integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_count integer;
BEGIN
    DELETE FROM users WHERE id IN (
        SELECT id FROM users u
        WHERE username IS NULL AND created_at < now() - p_age
            AND messages = 0 AND text_bytes = 0 AND presets = 0 AND api_keys = 0
            AND NOT EXISTS (SELECT FROM identities i WHERE i.user_id = u.id)
            AND NOT EXISTS (SELECT FROM sessions s WHERE s.user_id = u.id AND s.last_seen_at > now() - p_age)
            AND NOT EXISTS (SELECT FROM chats c WHERE c.user_id = u.id AND c.created_at > now() - p_age)
        LIMIT p_limit FOR UPDATE SKIP LOCKED
    );
    GET DIAGNOSTICS v_count = ROW_COUNT;
    RETURN v_count;
END $$;

-- Remove what was counted in past periods. Only the current ones are compared with limits.
CREATE FUNCTION purge_usage(p_limit integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_count integer;
BEGIN
    DELETE FROM usage WHERE ctid IN (
        SELECT ctid FROM usage
        WHERE (period = 'minute' AND begins_at < now() - interval '1 hour')
            OR (period = 'day' AND begins_at < now() - interval '31 days')
        LIMIT p_limit FOR UPDATE SKIP LOCKED
    );
    GET DIAGNOSTICS v_count = ROW_COUNT;
    RETURN v_count;
END $$;

-- Remove expired idempotency keys with their answers.
CREATE FUNCTION purge_answers(p_limit integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_count integer;
BEGIN
    DELETE FROM idempotency_keys WHERE (user_id, token) IN (
        SELECT user_id, token FROM idempotency_keys
        WHERE expires_at < now() ORDER BY expires_at LIMIT p_limit FOR UPDATE SKIP LOCKED
    );
    GET DIAGNOSTICS v_count = ROW_COUNT;
    RETURN v_count;
END $$;

REVOKE EXECUTE ON FUNCTION purge_sessions, purge_guests, purge_usage, purge_answers FROM PUBLIC;
GRANT EXECUTE ON FUNCTION purge_sessions, purge_guests, purge_usage, purge_answers TO parley_api;
