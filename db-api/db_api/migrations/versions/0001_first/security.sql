-- Row-level security: parley_api sees the rows of the transaction's user, and no role sees rows without a policy.
ALTER TABLE users ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE sessions ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE chats ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE messages ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE reply_chunks ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

CREATE POLICY own_rows ON users TO parley_api USING (id = (SELECT current_user_id()));
CREATE POLICY own_rows ON sessions TO parley_api USING (user_id = (SELECT current_user_id()));
CREATE POLICY own_rows ON chats TO parley_api USING (user_id = (SELECT current_user_id()));
CREATE POLICY own_rows ON messages TO parley_api USING (user_id = (SELECT current_user_id()));
CREATE POLICY own_rows ON reply_chunks TO parley_api USING (user_id = (SELECT current_user_id()));

-- For functions that cross users, and for migrations.
CREATE POLICY owner ON users TO parley_owner USING (true);
CREATE POLICY owner ON sessions TO parley_owner USING (true);
CREATE POLICY owner ON chats TO parley_owner USING (true);
CREATE POLICY owner ON messages TO parley_owner USING (true);
CREATE POLICY owner ON reply_chunks TO parley_owner USING (true);

GRANT EXECUTE ON FUNCTION current_user_id, join_chunks TO parley_api;
GRANT SELECT ON alembic_version TO parley_api;
GRANT SELECT (id, username, display_name, created_at) ON users TO parley_api;
GRANT SELECT, DELETE ON sessions TO parley_api;
GRANT SELECT, INSERT, UPDATE, DELETE ON chats TO parley_api;
GRANT SELECT, INSERT ON messages TO parley_api;
GRANT UPDATE (status, content, finish_reason, error, lease_id, lease_expires_at) ON messages TO parley_api;
GRANT SELECT, DELETE ON reply_chunks TO parley_api;
