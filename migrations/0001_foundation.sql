-- The foundation: ledger, catalog, lineage, predictions.
--
-- Times are microseconds since the Unix epoch, UTC. Positions are ledger positions. Rows that change
-- are kept as states with valid_from <= position < valid_to; valid_to = 9223372036854775807 while
-- current. Ids of securables, versions, runs and declarations come from one dense sequence below
-- 2^32, because they are the node ids of the in-memory graph.

-- What changed, when, by whom: one row a mutation.
CREATE TABLE ledger_entry (
  position   INTEGER PRIMARY KEY,
  time_us    INTEGER NOT NULL,          -- never smaller than the entry before
  actor      TEXT NOT NULL,             -- principal, for example user:ana
  via        TEXT NOT NULL,             -- door, for example grpc
  action     TEXT NOT NULL,             -- operation, for example CreateAsset
  resource   TEXT NOT NULL,             -- reference of what changed
  request_id TEXT NOT NULL,             -- '' when the caller gave none
  digest     BLOB NOT NULL              -- SHA-256 of the request as recorded
) STRICT;

-- First answers, so that asking twice is harmless.
CREATE TABLE request (
  id       TEXT NOT NULL PRIMARY KEY,
  action   TEXT NOT NULL,
  digest   BLOB NOT NULL,               -- SHA-256 of the request: the same id must ask the same
  response BLOB NOT NULL,
  time_us  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX request_by_time ON request (time_us, id);

-- Catalogs, schemas and assets: what grants and policies attach to.
CREATE TABLE securable (
  id             INTEGER PRIMARY KEY,
  kind           INTEGER NOT NULL,      -- whence.v1.Kind; 101 catalog, 102 schema
  position       INTEGER NOT NULL,
  creator        TEXT NOT NULL,
  create_time_us INTEGER NOT NULL
) STRICT;

CREATE TABLE securable_state (
  securable_id   INTEGER NOT NULL REFERENCES securable (id),
  valid_from     INTEGER NOT NULL,
  valid_to       INTEGER NOT NULL,
  parent_id      INTEGER NOT NULL,      -- 0 for catalogs
  name           TEXT NOT NULL,         -- one part, unquoted
  comment        TEXT NOT NULL,
  owner          TEXT NOT NULL,
  properties     BLOB NOT NULL,         -- opaque below the service room
  detail         BLOB NOT NULL,         -- opaque below the service room
  deleted        INTEGER NOT NULL,
  updater        TEXT NOT NULL,
  update_time_us INTEGER NOT NULL,
  PRIMARY KEY (securable_id, valid_from)
) STRICT;
-- The last two let lists and lookups pass over states that no longer hold without reading them.
CREATE INDEX securable_state_by_name
  ON securable_state (parent_id, name, valid_from, valid_to, deleted);
CREATE UNIQUE INDEX securable_state_live_name ON securable_state (parent_id, name)
  WHERE valid_to = 9223372036854775807 AND deleted = 0;

-- Immutable, numbered states of assets.
CREATE TABLE version (
  id             INTEGER PRIMARY KEY,
  asset_id       INTEGER NOT NULL REFERENCES securable (id),
  number         INTEGER NOT NULL,
  digest         TEXT NOT NULL,
  location       TEXT NOT NULL,
  detail         BLOB NOT NULL,         -- opaque below the service room
  creator        TEXT NOT NULL,
  create_time_us INTEGER NOT NULL,
  position       INTEGER NOT NULL,
  UNIQUE (asset_id, number),
  UNIQUE (asset_id, digest)
) STRICT;

-- The mutable fields of versions. A version that was never given any has no row.
CREATE TABLE version_state (
  version_id INTEGER NOT NULL REFERENCES version (id),
  valid_from INTEGER NOT NULL,
  valid_to   INTEGER NOT NULL,
  comment    TEXT NOT NULL,
  properties BLOB NOT NULL,             -- opaque below the service room
  PRIMARY KEY (version_id, valid_from)
) STRICT;

CREATE TABLE alias (
  asset_id       INTEGER NOT NULL REFERENCES securable (id),
  name           TEXT NOT NULL,
  valid_from     INTEGER NOT NULL,
  valid_to       INTEGER NOT NULL,
  version_id     INTEGER NOT NULL REFERENCES version (id),
  number         INTEGER NOT NULL,
  updater        TEXT NOT NULL,
  update_time_us INTEGER NOT NULL,
  PRIMARY KEY (asset_id, name, valid_from)
) STRICT, WITHOUT ROWID;

CREATE TABLE tag (
  target_id   INTEGER NOT NULL,         -- securable or version
  column_name TEXT NOT NULL,            -- '' for the target itself
  key         TEXT NOT NULL,
  valid_from  INTEGER NOT NULL,
  valid_to    INTEGER NOT NULL,
  value       TEXT NOT NULL,
  PRIMARY KEY (target_id, column_name, key, valid_from)
) STRICT, WITHOUT ROWID;

CREATE TABLE dataset_identity (
  namespace  TEXT NOT NULL,
  name       TEXT NOT NULL,
  valid_from INTEGER NOT NULL,
  valid_to   INTEGER NOT NULL,
  asset_id   INTEGER NOT NULL REFERENCES securable (id),
  PRIMARY KEY (namespace, name, valid_from)
) STRICT, WITHOUT ROWID;
CREATE INDEX dataset_identity_by_asset ON dataset_identity (asset_id, namespace, name);

-- Text search over the present; rowid is the asset's id.
CREATE VIRTUAL TABLE search_text USING fts5 (
  name, comment, columns, tags, prompt,
  tokenize = "unicode61 remove_diacritics 2", prefix = '2 3'
);

-- Runs, as states: a run that is recorded whole has one row.
CREATE TABLE run (
  id             INTEGER NOT NULL,      -- node id
  valid_from     INTEGER NOT NULL,
  valid_to       INTEGER NOT NULL,
  uuid           TEXT NOT NULL,
  job_id         INTEGER NOT NULL,      -- securable, 0 when not said
  state          INTEGER NOT NULL,      -- whence.v1.RunState
  start_time_us  INTEGER,
  end_time_us    INTEGER,
  parent_uuid    TEXT NOT NULL,         -- '' when none; may be unknown
  attributes     BLOB NOT NULL,         -- parameters, code, host ...: opaque below the service room
  recorder       TEXT NOT NULL,
  create_time_us INTEGER NOT NULL,
  update_time_us INTEGER NOT NULL,
  PRIMARY KEY (id, valid_from)
) STRICT;
CREATE UNIQUE INDEX run_current_uuid ON run (uuid) WHERE valid_to = 9223372036854775807;
CREATE INDEX run_by_job ON run (job_id, id);

-- Edges declared without a run.
CREATE TABLE declaration (
  id             INTEGER PRIMARY KEY,   -- node id
  comment        TEXT NOT NULL,
  creator        TEXT NOT NULL,
  create_time_us INTEGER NOT NULL,
  position       INTEGER NOT NULL
) STRICT;

-- What runs and declarations read (direction 0) and wrote (direction 1). Clustered by run, so that
-- new runs append and a repeated event finds what is there.
CREATE TABLE edge (
  via_id    INTEGER NOT NULL,
  direction INTEGER NOT NULL,
  node_id   INTEGER NOT NULL,           -- version, or the asset when it had none
  position  INTEGER NOT NULL,
  alias     TEXT NOT NULL,              -- the alias that was asked for, '' when none
  PRIMARY KEY (via_id, direction, node_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE column_node (
  id       INTEGER PRIMARY KEY,
  asset_id INTEGER NOT NULL REFERENCES securable (id),
  name     TEXT NOT NULL,
  position INTEGER NOT NULL,
  UNIQUE (asset_id, name)
) STRICT;

CREATE TABLE column_edge (
  via_id         INTEGER NOT NULL,
  target_id      INTEGER NOT NULL REFERENCES column_node (id),
  source_id      INTEGER NOT NULL REFERENCES column_node (id),
  transformation INTEGER NOT NULL,      -- whence.v1.TransformationType
  masking        INTEGER NOT NULL,
  description    TEXT NOT NULL,
  position       INTEGER NOT NULL,
  PRIMARY KEY (via_id, target_id, source_id, transformation)
) STRICT, WITHOUT ROWID;

-- The distinct sets of parents that predictions have; few, shared by many predictions.
CREATE TABLE origin (
  id       INTEGER PRIMARY KEY,
  digest   BLOB NOT NULL UNIQUE,        -- SHA-256 of the parents in canonical order
  position INTEGER NOT NULL
) STRICT;

CREATE TABLE origin_parent (
  origin_id INTEGER NOT NULL REFERENCES origin (id),
  role      INTEGER NOT NULL,           -- whence.v1.EdgeRole
  ordinal   INTEGER NOT NULL,           -- order inside the role, from 0
  node_id   INTEGER NOT NULL,           -- version, or the asset when none was meant
  PRIMARY KEY (origin_id, role, ordinal)
) STRICT, WITHOUT ROWID;
CREATE INDEX origin_parent_by_node ON origin_parent (node_id, origin_id);

CREATE TABLE prediction (
  row_id         INTEGER PRIMARY KEY,
  id             TEXT NOT NULL UNIQUE,
  origin_id      INTEGER NOT NULL REFERENCES origin (id),
  run_uuid       TEXT NOT NULL,         -- '' when none; may be unknown
  status         INTEGER NOT NULL,      -- whence.v1.PredictionStatus
  position       INTEGER NOT NULL,
  recorder       TEXT NOT NULL,
  create_time_us INTEGER NOT NULL,
  start_time_us  INTEGER NOT NULL,
  latency_us     INTEGER NOT NULL,
  input_tokens   INTEGER NOT NULL,
  output_tokens  INTEGER NOT NULL,
  cost_micros    INTEGER NOT NULL,
  currency       TEXT NOT NULL,
  input_digest   TEXT NOT NULL,
  output_digest  TEXT NOT NULL,
  content_digest BLOB NOT NULL,         -- SHA-256 of the prediction as given: the same id must say the same
  -- What may be large comes last, so that the rest is read without it.
  error_message  TEXT NOT NULL,
  attributes     BLOB NOT NULL,         -- retrieved items, properties: opaque below the service room
  input_text     TEXT,                  -- erasable
  output_text    TEXT                   -- erasable
) STRICT;
CREATE INDEX prediction_by_origin ON prediction (origin_id, start_time_us, row_id);
CREATE INDEX prediction_by_time ON prediction (start_time_us, row_id);
CREATE INDEX prediction_by_run ON prediction (run_uuid, row_id) WHERE run_uuid <> '';
