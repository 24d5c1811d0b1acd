-- The roles and the database, run by psql as the superuser: on first start by the postgres image
-- (/docker-entrypoint-initdb.d), on every start by parley_db. Safe to repeat; a changed password takes effect.
--
-- parley_owner  owns the database and its schema, runs the migrations
-- parley_api    is db-api: owns nothing, passes no row-level security
\set ON_ERROR_STOP on

-- Read here, so that no password stands in a command line or in the environment of the server.
\set owner_password `cat "${SECRETS_DIR:-/run/secrets}/owner_password"`
\if :SHELL_ERROR
  DO $$ BEGIN RAISE EXCEPTION 'The secret owner_password cannot be read.'; END $$;
\endif
\set api_password `cat "${SECRETS_DIR:-/run/secrets}/api_password"`
\if :SHELL_ERROR
  DO $$ BEGIN RAISE EXCEPTION 'The secret api_password cannot be read.'; END $$;
\endif

SELECT format('CREATE ROLE %I', name) FROM unnest(ARRAY['parley_owner', 'parley_api']) AS name
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) \gexec

ALTER ROLE parley_owner LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE NOREPLICATION PASSWORD :'owner_password';
ALTER ROLE parley_api LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE NOREPLICATION PASSWORD :'api_password';

ALTER ROLE parley_owner SET timezone = 'UTC';
-- A migration that cannot have its lock gives up, instead of making everybody wait behind it.
ALTER ROLE parley_owner SET lock_timeout = '10s';
ALTER ROLE parley_api SET timezone = 'UTC';
ALTER ROLE parley_api SET statement_timeout = '5s';
ALTER ROLE parley_api SET lock_timeout = '2s';
-- A statement that fails is not logged with its text: it may be what somebody wrote.
ALTER ROLE parley_api SET log_min_error_statement = 'panic';
-- Nor with its DETAIL, which shows the row or the key that was refused.
ALTER ROLE parley_api SET log_error_verbosity = 'terse';
ALTER ROLE parley_api SET idle_in_transaction_session_timeout = '10s';

-- The builtin locale sorts and folds case alike on every machine and never changes under an index.
SELECT $$CREATE DATABASE parley OWNER parley_owner TEMPLATE template0 ENCODING 'UTF8'
         LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8'$$
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'parley') \gexec

REVOKE ALL ON DATABASE parley, postgres, template1 FROM PUBLIC;
GRANT CONNECT ON DATABASE parley TO parley_api;

\connect parley
ALTER SCHEMA public OWNER TO parley_owner;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO parley_api;
ALTER DEFAULT PRIVILEGES FOR ROLE parley_owner REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
