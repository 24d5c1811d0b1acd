CREATE TABLE presets (
    id uuid NOT NULL DEFAULT uuidv7(),
    user_id uuid NOT NULL DEFAULT current_user_id(),
    name text NOT NULL,
    settings jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT presets_pkey PRIMARY KEY (id),
    CONSTRAINT presets_name_check CHECK (char_length(name) BETWEEN 1 AND 100),
    CONSTRAINT presets_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX presets_user_id_name_key ON presets (user_id, lower(name));

ALTER TABLE presets ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_rows ON presets TO parley_api USING (user_id = (SELECT current_user_id()));
CREATE POLICY owner ON presets TO parley_owner USING (true);
GRANT SELECT, INSERT, DELETE, UPDATE (name, settings) ON presets TO parley_api;
