-- The API key that this transaction's caller used; NULL for a session.
CREATE FUNCTION current_key_id() RETURNS uuid
LANGUAGE sql STABLE PARALLEL SAFE
RETURN nullif(current_setting('app.key_id', true), '')::uuid;

-- Creating a chat twice with the same token creates one chat.
ALTER TABLE chats ADD COLUMN client_token uuid;
CREATE UNIQUE INDEX chats_user_id_client_token_key ON chats (user_id, client_token);

CREATE TABLE api_keys (
    id uuid NOT NULL DEFAULT uuidv7(),
    user_id uuid NOT NULL DEFAULT current_user_id(),
    name text NOT NULL,
    prefix text NOT NULL,  -- by which its owner recognises it; the key itself is not stored
    key_hash bytea NOT NULL,
    scopes text[] NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    last_used_at timestamptz,
    CONSTRAINT api_keys_pkey PRIMARY KEY (id),
    CONSTRAINT api_keys_id_user_id_key UNIQUE (id, user_id),
    CONSTRAINT api_keys_key_hash_key UNIQUE (key_hash),
    CONSTRAINT api_keys_key_hash_check CHECK (octet_length(key_hash) = 32),
    CONSTRAINT api_keys_name_check CHECK (char_length(name) BETWEEN 1 AND 100),
    CONSTRAINT api_keys_scopes_check CHECK (scopes <@ ARRAY['read', 'chat'] AND cardinality(scopes) > 0),
    CONSTRAINT api_keys_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
);
CREATE INDEX api_keys_user_id_idx ON api_keys (user_id);

-- Users of other identity providers. The primary key is a hash, because a btree cannot hold text of any length.
CREATE TABLE identities (
    identity_hash bytea NOT NULL,
    user_id uuid NOT NULL,
    issuer text NOT NULL,
    subject text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT identities_pkey PRIMARY KEY (identity_hash),
    CONSTRAINT identities_hash_check CHECK (octet_length(identity_hash) = 32),
    CONSTRAINT identities_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
);
CREATE INDEX identities_user_id_idx ON identities (user_id);

-- Requests and tokens of each minute and day (UTC), for each user (key_id is NULL) and for each key.
CREATE TABLE usage (
    user_id uuid NOT NULL DEFAULT current_user_id(),
    key_id uuid,
    period text NOT NULL,
    begins_at timestamptz NOT NULL,
    requests integer NOT NULL DEFAULT 0,
    tokens bigint NOT NULL DEFAULT 0,
    CONSTRAINT usage_key UNIQUE NULLS NOT DISTINCT (user_id, key_id, period, begins_at),
    CONSTRAINT usage_period_check CHECK (period IN ('minute', 'day')),
    CONSTRAINT usage_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE,
    CONSTRAINT usage_key_id_fkey FOREIGN KEY (key_id, user_id) REFERENCES api_keys (id, user_id) ON DELETE CASCADE
);
