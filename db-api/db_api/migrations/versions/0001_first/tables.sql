-- The user whose rows this transaction sees; NULL until a session is entered.
CREATE FUNCTION current_user_id() RETURNS uuid
LANGUAGE sql STABLE PARALLEL SAFE
RETURN nullif(current_setting('app.user_id', true), '')::uuid;

CREATE TABLE users (
    id uuid NOT NULL DEFAULT uuidv7(),
    username text,  -- NULL for a guest
    password_hash text,
    display_name text,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT users_pkey PRIMARY KEY (id),
    CONSTRAINT users_username_check CHECK (char_length(username) BETWEEN 1 AND 64),
    CONSTRAINT users_registered_check CHECK ((username IS NULL) = (password_hash IS NULL))
);
CREATE UNIQUE INDEX users_username_key ON users (lower(username));

CREATE TABLE sessions (
    id uuid NOT NULL DEFAULT uuidv7(),
    user_id uuid NOT NULL DEFAULT current_user_id(),
    token_hash bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    last_seen_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    CONSTRAINT sessions_pkey PRIMARY KEY (id),
    CONSTRAINT sessions_token_hash_key UNIQUE (token_hash),
    CONSTRAINT sessions_token_hash_check CHECK (octet_length(token_hash) = 32),
    CONSTRAINT sessions_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
);
CREATE INDEX sessions_user_id_idx ON sessions (user_id);

CREATE TABLE chats (
    id uuid NOT NULL DEFAULT uuidv7(),
    user_id uuid NOT NULL DEFAULT current_user_id(),
    name text,
    title text,
    current_message_id uuid,
    pinned boolean NOT NULL DEFAULT false,
    archived boolean NOT NULL DEFAULT false,
    settings jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT chats_pkey PRIMARY KEY (id),
    CONSTRAINT chats_id_user_id_key UNIQUE (id, user_id),
    CONSTRAINT chats_name_check CHECK (char_length(name) BETWEEN 1 AND 100),
    CONSTRAINT chats_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX chats_user_id_name_key ON chats (user_id, lower(name));
CREATE INDEX chats_user_id_updated_at_idx ON chats (user_id, updated_at DESC, id DESC);

-- Foreign keys bypass row-level security; they include user and chat, so that no message refers to another user's.
CREATE TABLE messages (
    id uuid NOT NULL DEFAULT uuidv7(),
    user_id uuid NOT NULL DEFAULT current_user_id(),
    chat_id uuid NOT NULL,
    parent_id uuid,
    sequence bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
    role text NOT NULL,
    content text NOT NULL DEFAULT '',
    status text NOT NULL DEFAULT 'complete',
    finish_reason text,
    error text,
    model text,
    prompt_tokens integer,
    completion_tokens integer,
    timings jsonb,
    lease_id uuid,
    lease_expires_at timestamptz,
    client_token text,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT messages_pkey PRIMARY KEY (id),
    CONSTRAINT messages_id_chat_id_user_id_key UNIQUE (id, chat_id, user_id),
    CONSTRAINT messages_chat_id_client_token_key UNIQUE (chat_id, client_token),
    CONSTRAINT messages_role_check CHECK (role IN ('system', 'user', 'assistant', 'tool')),
    CONSTRAINT messages_status_check
        CHECK (status IN ('queued', 'generating', 'complete', 'stopped', 'interrupted', 'failed')),
    CONSTRAINT messages_only_replies_have_a_life_check CHECK (role = 'assistant' OR status = 'complete'),
    CONSTRAINT messages_finish_reason_check CHECK (finish_reason IN ('stop', 'length')),
    CONSTRAINT messages_chat_id_fkey FOREIGN KEY (chat_id, user_id)
        REFERENCES chats (id, user_id) ON DELETE CASCADE,
    CONSTRAINT messages_parent_id_fkey FOREIGN KEY (parent_id, chat_id, user_id)
        REFERENCES messages (id, chat_id, user_id) ON DELETE CASCADE
);
CREATE INDEX messages_chat_id_parent_id_sequence_idx ON messages (chat_id, parent_id, sequence);
-- One running reply per chat. The index is small, and a search for replies without a writer reads nothing else.
CREATE UNIQUE INDEX messages_one_running_reply_idx ON messages (chat_id) WHERE status IN ('queued', 'generating');

ALTER TABLE chats ADD CONSTRAINT chats_current_message_id_fkey
    FOREIGN KEY (current_message_id, id, user_id) REFERENCES messages (id, chat_id, user_id)
    ON DELETE SET NULL (current_message_id);

-- The text of a running reply is its content followed by its chunks.
CREATE TABLE reply_chunks (
    reply_id uuid NOT NULL,
    position integer NOT NULL,
    user_id uuid NOT NULL DEFAULT current_user_id(),
    text text NOT NULL,
    CONSTRAINT reply_chunks_pkey PRIMARY KEY (reply_id, position),
    CONSTRAINT reply_chunks_position_check CHECK (position >= 0),
    CONSTRAINT reply_chunks_reply_id_fkey FOREIGN KEY (reply_id) REFERENCES messages (id) ON DELETE CASCADE
);

-- The text of a running reply, read with the caller's privileges.
CREATE FUNCTION join_chunks(p_reply_id uuid, p_content text) RETURNS text
LANGUAGE sql STABLE
RETURN p_content
    || coalesce((SELECT string_agg(text, '' ORDER BY position) FROM reply_chunks WHERE reply_id = p_reply_id), '');
