-- Lists of what somebody may see, found by what was granted to them and what they own.

-- Both lead past what has ended: only what holds as of a position, of one principal, is read.
DROP INDEX privilege_grant_by_principal;
CREATE INDEX privilege_grant_by_principal
  ON privilege_grant (principal_id, valid_to, securable_id, privilege, valid_from);
-- Of tombstones and of the past too.
DROP INDEX securable_state_by_owner;
CREATE INDEX securable_state_by_owner
  ON securable_state (owner, valid_to, deleted, securable_id, valid_from);

-- Which assets went from one schema to another, and when: a list as of a position has those where
-- they were, and whether they are seen depends on where they are.
CREATE TABLE securable_move (
  position     INTEGER NOT NULL,
  securable_id INTEGER NOT NULL REFERENCES securable (id),
  PRIMARY KEY (position, securable_id)
) STRICT, WITHOUT ROWID;
INSERT INTO securable_move (position, securable_id)
  SELECT here.valid_from, here.securable_id
  FROM securable_state AS here
  JOIN securable_state AS before
    ON before.securable_id = here.securable_id AND before.valid_to = here.valid_from
  WHERE before.parent_id <> here.parent_id;
