CREATE TABLE idempotency_keys (
    user_id uuid NOT NULL DEFAULT current_user_id(),
    token uuid NOT NULL,  -- derived from the key, which may be too long for an index
    request text NOT NULL,  -- a hash of the request
    answer text,  -- NULL while the request is in progress
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    CONSTRAINT idempotency_keys_pkey PRIMARY KEY (user_id, token),
    CONSTRAINT idempotency_keys_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
);
CREATE INDEX idempotency_keys_expires_at_idx ON idempotency_keys (expires_at);

ALTER TABLE idempotency_keys ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_rows ON idempotency_keys TO parley_api USING (user_id = (SELECT current_user_id()));
CREATE POLICY owner ON idempotency_keys TO parley_owner USING (true);
GRANT SELECT, INSERT, DELETE, UPDATE (request, answer, created_at, expires_at) ON idempotency_keys TO parley_api;

-- Remove all users' expired keys.
CREATE FUNCTION purge_idempotency_keys() RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp
BEGIN ATOMIC
    DELETE FROM idempotency_keys WHERE expires_at < now();
END;

REVOKE EXECUTE ON FUNCTION purge_idempotency_keys FROM PUBLIC;
GRANT EXECUTE ON FUNCTION purge_idempotency_keys TO parley_api;
