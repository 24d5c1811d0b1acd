ALTER TABLE api_keys ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE identities ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE usage ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

CREATE POLICY own_rows ON api_keys TO parley_api USING (user_id = (SELECT current_user_id()));
CREATE POLICY own_rows ON usage TO parley_api USING (user_id = (SELECT current_user_id()));

CREATE POLICY owner ON api_keys TO parley_owner USING (true);
CREATE POLICY owner ON identities TO parley_owner USING (true);
CREATE POLICY owner ON usage TO parley_owner USING (true);

GRANT EXECUTE ON FUNCTION current_key_id TO parley_api;
GRANT SELECT, INSERT, DELETE ON api_keys TO parley_api;
GRANT SELECT ON usage TO parley_api;
