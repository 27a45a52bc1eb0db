-- Access: principals, memberships, tokens, grants, policies, definitions of tags.
--
-- States in time as in the foundation: valid_from <= position < valid_to. What was there when the
-- metastore was made (its first principal and token) is valid from 0 and has no ledger entry. The
-- metastore is securable 0. Ids of principals, tokens and policies are dense sequences of their own
-- and never reused.

CREATE TABLE principal (
  id             INTEGER PRIMARY KEY,
  kind           INTEGER NOT NULL,      -- 1 user, 2 service, 3 group
  name           TEXT NOT NULL,         -- with its prefix: user:ana, svc:trainer, group:analysts
  creator        TEXT NOT NULL,
  create_time_us INTEGER NOT NULL,
  position       INTEGER NOT NULL
) STRICT;
-- Of those with one name at most the newest is no tombstone.
CREATE INDEX principal_by_name ON principal (name, id);

CREATE TABLE principal_state (
  principal_id         INTEGER NOT NULL REFERENCES principal (id),
  valid_from           INTEGER NOT NULL,
  valid_to             INTEGER NOT NULL,
  display_name         TEXT NOT NULL,
  emails               TEXT NOT NULL,   -- one a line, the primary one first
  external_id          TEXT NOT NULL,
  active               INTEGER NOT NULL,
  deleted              INTEGER NOT NULL,
  max_calls_per_second INTEGER NOT NULL, -- 0: the server's default
  updater              TEXT NOT NULL,
  update_time_us       INTEGER NOT NULL,
  PRIMARY KEY (principal_id, valid_from)
) STRICT, WITHOUT ROWID;

CREATE TABLE membership (
  group_id   INTEGER NOT NULL REFERENCES principal (id),
  member_id  INTEGER NOT NULL REFERENCES principal (id),
  valid_from INTEGER NOT NULL,
  valid_to   INTEGER NOT NULL,
  PRIMARY KEY (group_id, member_id, valid_from)
) STRICT, WITHOUT ROWID;
CREATE INDEX membership_by_member ON membership (member_id, group_id, valid_from, valid_to);

-- What principals show to say who they are. The secret itself is nowhere.
CREATE TABLE token (
  id              INTEGER PRIMARY KEY,
  principal_id    INTEGER NOT NULL REFERENCES principal (id),
  digest          BLOB NOT NULL UNIQUE, -- SHA-256 of the secret
  hint            TEXT NOT NULL,        -- a few characters of it, for people
  comment         TEXT NOT NULL,
  read_only       INTEGER NOT NULL,
  creator         TEXT NOT NULL,
  create_time_us  INTEGER NOT NULL,
  expire_time_us  INTEGER,              -- NULL: never
  position        INTEGER NOT NULL,
  revoke_position INTEGER,              -- NULL: not revoked
  revoke_time_us  INTEGER
) STRICT;
CREATE INDEX token_by_principal ON token (principal_id, id);
CREATE INDEX token_unrevoked ON token (principal_id) WHERE revoke_position IS NULL;

-- What a token is limited to; a token without rows may everything that its principal may.
CREATE TABLE token_scope (
  token_id     INTEGER NOT NULL REFERENCES token (id),
  securable_id INTEGER NOT NULL,        -- 0: the metastore
  PRIMARY KEY (token_id, securable_id)
) STRICT, WITHOUT ROWID;

-- Not on the record: written at most once a minute and token.
CREATE TABLE token_use (
  token_id     INTEGER PRIMARY KEY REFERENCES token (id),
  last_used_us INTEGER NOT NULL
) STRICT;

CREATE TABLE privilege_grant (
  securable_id  INTEGER NOT NULL,       -- 0: the metastore
  principal_id  INTEGER NOT NULL REFERENCES principal (id),
  privilege     INTEGER NOT NULL,       -- access::Privilege
  valid_from    INTEGER NOT NULL,
  valid_to      INTEGER NOT NULL,
  grantor       TEXT NOT NULL,
  grant_time_us INTEGER NOT NULL,
  PRIMARY KEY (securable_id, principal_id, privilege, valid_from)
) STRICT, WITHOUT ROWID;
CREATE INDEX privilege_grant_by_principal
  ON privilege_grant (principal_id, securable_id, privilege, valid_from, valid_to);
CREATE INDEX privilege_grant_current ON privilege_grant (securable_id, principal_id)
  WHERE valid_to = 9223372036854775807;

CREATE TABLE metastore_state (
  valid_from     INTEGER PRIMARY KEY,
  valid_to       INTEGER NOT NULL,
  owner_id       INTEGER NOT NULL REFERENCES principal (id),
  updater        TEXT NOT NULL,
  update_time_us INTEGER NOT NULL
) STRICT;

-- Secrets that make what this metastore shows its own: placeholders, salted hashes.
CREATE TABLE metastore_key (
  purpose TEXT NOT NULL PRIMARY KEY,
  secret  BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- What a principal owns, when it is to be deleted.
CREATE INDEX securable_state_by_owner ON securable_state (owner)
  WHERE valid_to = 9223372036854775807 AND deleted = 0;

CREATE TABLE policy (
  id             INTEGER PRIMARY KEY,
  name           TEXT NOT NULL,
  creator        TEXT NOT NULL,
  create_time_us INTEGER NOT NULL,
  position       INTEGER NOT NULL
) STRICT;
CREATE INDEX policy_by_name ON policy (name, id);

CREATE TABLE policy_state (
  policy_id      INTEGER NOT NULL REFERENCES policy (id),
  valid_from     INTEGER NOT NULL,
  valid_to       INTEGER NOT NULL,
  securable_id   INTEGER NOT NULL,      -- what it is attached to; 0: the metastore
  state          INTEGER NOT NULL,      -- 1 enabled, 2 dry run, 3 disabled
  definition     TEXT NOT NULL,         -- canonical JSON
  deleted        INTEGER NOT NULL,
  updater        TEXT NOT NULL,
  update_time_us INTEGER NOT NULL,
  PRIMARY KEY (policy_id, valid_from)
) STRICT, WITHOUT ROWID;
CREATE INDEX policy_state_by_securable
  ON policy_state (securable_id, policy_id, valid_from, valid_to);

-- Governed tags: which values a key may have, and who may assign it.
CREATE TABLE tag_definition (
  key            TEXT NOT NULL,
  valid_from     INTEGER NOT NULL,
  valid_to       INTEGER NOT NULL,
  definition     TEXT NOT NULL,         -- canonical JSON
  updater        TEXT NOT NULL,
  update_time_us INTEGER NOT NULL,
  PRIMARY KEY (key, valid_from)
) STRICT, WITHOUT ROWID;

-- That a column is not what lineage says it is: a decision of somebody who may.
CREATE TABLE declassification (
  asset_id       INTEGER NOT NULL REFERENCES securable (id),
  column_name    TEXT NOT NULL,
  key            TEXT NOT NULL,         -- of the tag that does not come through
  valid_from     INTEGER NOT NULL,
  valid_to       INTEGER NOT NULL,
  comment        TEXT NOT NULL,         -- why
  updater        TEXT NOT NULL,
  update_time_us INTEGER NOT NULL,
  PRIMARY KEY (asset_id, column_name, key, valid_from)
) STRICT, WITHOUT ROWID;
