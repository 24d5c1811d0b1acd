-- What enter_session is for a session's token, for an API key. Returns NULL for an unknown key.
CREATE FUNCTION enter_key(p_key_hash bytea) RETURNS uuid
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_key api_keys;
BEGIN
    SELECT * INTO v_key FROM api_keys WHERE key_hash = p_key_hash;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    PERFORM set_config('app.user_id', v_key.user_id::text, true), set_config('app.key_id', v_key.id::text, true);
    IF v_key.last_used_at IS NULL OR v_key.last_used_at < now() - interval '1 minute' THEN
        UPDATE api_keys SET last_used_at = now()
        WHERE id = (SELECT id FROM api_keys WHERE id = v_key.id FOR NO KEY UPDATE SKIP LOCKED);
    END IF;
    RETURN v_key.user_id;
END $$;

-- Create a session for a subject of another identity provider, and the user at the first sign-in.
CREATE FUNCTION enter_identity(
    p_identity_hash bytea, p_issuer text, p_subject text, p_token_hash bytea, p_lifetime interval
) RETURNS uuid
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_user_id uuid;
BEGIN
    -- One after another for the same subject: two first requests at once make one user.
    PERFORM pg_advisory_xact_lock(hashtextextended(encode(p_identity_hash, 'hex'), 0));
    SELECT user_id INTO v_user_id FROM identities WHERE identity_hash = p_identity_hash;
    IF NOT FOUND THEN
        INSERT INTO users DEFAULT VALUES RETURNING id INTO v_user_id;
        INSERT INTO identities (identity_hash, user_id, issuer, subject)
        VALUES (p_identity_hash, v_user_id, p_issuer, p_subject);
    END IF;
    DELETE FROM sessions WHERE user_id = v_user_id AND expires_at < now();
    INSERT INTO sessions (user_id, token_hash, expires_at) VALUES (v_user_id, p_token_hash, now() + p_lifetime);
    PERFORM set_config('app.user_id', v_user_id::text, true);
    RETURN v_user_id;
END $$;

-- Add to the current minute and day of a user and, if given, of a key. Returns the totals.
CREATE FUNCTION add_usage(p_user_id uuid, p_key_id uuid, p_requests integer, p_tokens bigint)
RETURNS TABLE (holder text, counted_period text, ends_at timestamptz, counted_requests integer, counted_tokens bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    RETURN QUERY
    INSERT INTO usage AS u (user_id, key_id, period, begins_at, requests, tokens)
    SELECT p_user_id, h.key_id, p.period, date_trunc(p.period, now(), 'UTC'), greatest(p_requests, 0), p_tokens
    FROM (SELECT NULL::uuid AS key_id UNION ALL SELECT k.id FROM api_keys k WHERE k.id = p_key_id) h
    CROSS JOIN (VALUES ('minute'), ('day')) p (period)
    ORDER BY h.key_id NULLS FIRST, p.period  -- in one order, so that two calls never wait for each other
    ON CONFLICT ON CONSTRAINT usage_key
    DO UPDATE SET requests = greatest(u.requests + p_requests, 0), tokens = u.tokens + p_tokens
    RETURNING CASE WHEN u.key_id IS NULL THEN 'user' ELSE 'key' END, u.period,
        u.begins_at + ('1 ' || u.period)::interval, u.requests, u.tokens;
END $$;

-- Count the tokens of an ended reply. Past minutes are no longer needed and are removed.
CREATE FUNCTION count_tokens(p_user_id uuid, p_key_id uuid, p_tokens bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM users WHERE id = p_user_id) THEN
        PERFORM add_usage(p_user_id, p_key_id, 0, p_tokens);
        DELETE FROM usage WHERE user_id = p_user_id AND period = 'minute' AND begins_at < now() - interval '1 hour';
    END IF;
END $$;

REVOKE EXECUTE ON FUNCTION enter_key, enter_identity, add_usage, count_tokens FROM PUBLIC;
GRANT EXECUTE ON FUNCTION enter_key, enter_identity, add_usage, count_tokens TO parley_api;
