"""The id of this instance of Parley, by which browsers keep the cookies of two instances on one host apart."""

from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.execute(
        "CREATE TABLE instance ("
        " id uuid NOT NULL DEFAULT gen_random_uuid(),"
        " is_only boolean NOT NULL DEFAULT true,"
        " CONSTRAINT instance_pkey PRIMARY KEY (id),"
        " CONSTRAINT instance_is_only_key UNIQUE (is_only),"
        " CONSTRAINT instance_is_only_check CHECK (is_only))"
    )
    op.execute("INSERT INTO instance DEFAULT VALUES")
    op.execute("ALTER TABLE instance ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY")
    op.execute("CREATE POLICY everyone ON instance FOR SELECT TO parley_api USING (true)")
    op.execute("CREATE POLICY owner ON instance TO parley_owner USING (true)")
    op.execute("GRANT SELECT (id) ON instance TO parley_api")


def downgrade() -> None:
    op.execute("DROP TABLE instance")
