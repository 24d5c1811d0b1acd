-- A session slides: each day that its user comes, it ends that much later.
ALTER TABLE sessions ADD COLUMN lifetime interval;  -- NULL: the session ends at expires_at, whatever happens
UPDATE sessions s SET lifetime = expires_at - created_at
WHERE NOT EXISTS (SELECT FROM identities i WHERE i.user_id = s.user_id);
CREATE INDEX sessions_expires_at_idx ON sessions (expires_at);

CREATE OR REPLACE FUNCTION create_guest(p_token_hash bytea, p_lifetime interval) RETURNS uuid
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_user_id uuid;
BEGIN
    INSERT INTO users DEFAULT VALUES RETURNING id INTO v_user_id;
    INSERT INTO sessions (user_id, token_hash, expires_at, lifetime)
    VALUES (v_user_id, p_token_hash, now() + p_lifetime, p_lifetime);
    PERFORM set_config('app.user_id', v_user_id::text, true);
    RETURN v_user_id;
END $$;

-- Make the transaction see the rows of this token's user. Returns the user's id, or NULL for an unknown token.
CREATE OR REPLACE FUNCTION enter_session(p_token_hash bytea) RETURNS uuid
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_session sessions;
    v_must_renew boolean;
BEGIN
    SELECT * INTO v_session FROM sessions WHERE token_hash = p_token_hash AND expires_at > now();
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    PERFORM set_config('app.user_id', v_session.user_id::text, true);
    -- At most once a day, because it changes an index.
    v_must_renew := v_session.expires_at < now() + v_session.lifetime - least(interval '1 day', v_session.lifetime / 10);
    IF v_must_renew OR v_session.last_seen_at < now() - interval '1 minute' THEN
        -- Whoever comes second does not wait for the first one's transaction.
        UPDATE sessions SET
            last_seen_at = now(), expires_at = CASE WHEN v_must_renew THEN now() + lifetime ELSE expires_at END
        WHERE id = (SELECT id FROM sessions WHERE id = v_session.id FOR NO KEY UPDATE SKIP LOCKED);
    END IF;
    RETURN v_session.user_id;
END $$;

-- Create a session for a subject of another identity provider, and the user at the first sign-in.
-- p_former_hash is the hash under which an earlier version stored the subject. Other subjects may share that one, so
-- issuer and subject are compared.
CREATE FUNCTION enter_subject(
    p_identity_hash bytea, p_former_hash bytea, p_issuer text, p_subject text, p_token_hash bytea, p_lifetime interval
) RETURNS uuid
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_user_id uuid;
BEGIN
    -- One after another for the same subject: two first requests at once make one user. An earlier version that still
    -- runs locks the former hash.
    PERFORM pg_advisory_xact_lock(hashtextextended(encode(p_former_hash, 'hex'), 0));
    SELECT user_id INTO v_user_id FROM identities WHERE identity_hash = p_identity_hash;
    IF NOT FOUND THEN
        SELECT user_id INTO v_user_id FROM identities
        WHERE identity_hash = p_former_hash AND issuer = p_issuer AND subject = p_subject;
    END IF;
    IF NOT FOUND THEN
        INSERT INTO users DEFAULT VALUES RETURNING id INTO v_user_id;
        INSERT INTO identities (identity_hash, user_id, issuer, subject)
        VALUES (p_identity_hash, v_user_id, p_issuer, p_subject);
    END IF;
    INSERT INTO sessions (user_id, token_hash, expires_at) VALUES (v_user_id, p_token_hash, now() + p_lifetime);
    PERFORM set_config('app.user_id', v_user_id::text, true);
    RETURN v_user_id;
END $$;

REVOKE EXECUTE ON FUNCTION enter_subject FROM PUBLIC;
GRANT EXECUTE ON FUNCTION enter_subject TO parley_api;
