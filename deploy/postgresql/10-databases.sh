#!/bin/sh
# Run once by the image, on an empty data directory: a role and its databases for Temporal, and one each for
# the ledger, neither of which can read the other's.
set -eu

temporal=$(cat /run/secrets/temporal_db_password)
tocsin=$(cat /run/secrets/tocsin_db_password)
auditor=$(cat /run/secrets/auditor_db_password)

psql --set ON_ERROR_STOP=1 --set temporal="$temporal" --set tocsin="$tocsin" --set auditor="$auditor" \
  --username "$POSTGRES_USER" --dbname postgres <<'SQL'
CREATE ROLE temporal LOGIN PASSWORD :'temporal';
CREATE ROLE tocsin LOGIN PASSWORD :'tocsin';
CREATE ROLE tocsin_auditor LOGIN PASSWORD :'auditor';
CREATE DATABASE temporal OWNER temporal;
CREATE DATABASE temporal_visibility OWNER temporal;
CREATE DATABASE tocsin OWNER tocsin;
REVOKE CONNECT ON DATABASE temporal, temporal_visibility, tocsin FROM PUBLIC;
GRANT CONNECT ON DATABASE tocsin TO tocsin_auditor;
-- The tables come later, by the ledger's migrations: the auditor may read them and nothing else.
\connect tocsin
ALTER DEFAULT PRIVILEGES FOR ROLE tocsin GRANT SELECT ON TABLES TO tocsin_auditor;
SQL
