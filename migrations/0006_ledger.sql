-- The ledger becomes a Merkle log (RFC 6962, C2SP tlog-tiles): what each entry says beside who did
-- what, and the tree over all of them.
--
-- The leaf at index position - 1 is canonical JSON of an entry's columns, without what may have to be
-- erased: actor, resource, request_id, digest and detail stand in it as `commitment` only. Entries
-- from before this migration have no commitment until the server has first opened the database.
ALTER TABLE ledger_entry ADD COLUMN kind INTEGER NOT NULL DEFAULT 1;       -- ledger::EntryKind
ALTER TABLE ledger_entry ADD COLUMN outcome TEXT NOT NULL DEFAULT 'OK';    -- OK, or the reason why not
ALTER TABLE ledger_entry ADD COLUMN detail TEXT NOT NULL DEFAULT '';       -- more of it, canonical JSON; '': nothing
ALTER TABLE ledger_entry ADD COLUMN repeats INTEGER NOT NULL DEFAULT 0;    -- so many further calls of its kind it stands for
ALTER TABLE ledger_entry ADD COLUMN rate INTEGER NOT NULL DEFAULT 1;       -- one of so many is recorded
ALTER TABLE ledger_entry ADD COLUMN row_count INTEGER NOT NULL DEFAULT 0;  -- rows of governed tables that it wrote
ALTER TABLE ledger_entry ADD COLUMN rows_root BLOB;                        -- head of the tree over their hashes; NULL: none
ALTER TABLE ledger_entry ADD COLUMN commitment BLOB;                       -- SHA-256 of salt and what may be erased
ALTER TABLE ledger_entry ADD COLUMN salt BLOB;                             -- 16 bytes; NULL once it is erased

-- Which log this is. One row, from the first start on.
CREATE TABLE ledger_log (
  id          INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
  origin      TEXT NOT NULL,            -- first line of its checkpoints
  rows_secret BLOB NOT NULL             -- makes hashes of rows tell nothing to who does not have the rows
) STRICT;

-- The tree's hashes by tiles of 256; of the last tile of a level as many as there are.
CREATE TABLE ledger_tile (
  level  INTEGER NOT NULL,
  idx    INTEGER NOT NULL,
  hashes BLOB NOT NULL,                 -- 32 bytes each
  PRIMARY KEY (level, idx)
) STRICT, WITHOUT ROWID;

-- Heads that were signed, the newest ones.
CREATE TABLE ledger_checkpoint (
  size    INTEGER PRIMARY KEY,
  time_us INTEGER NOT NULL,
  note    TEXT NOT NULL                 -- the signed note
) STRICT;

-- Public keys of the log, oldest first.
CREATE TABLE ledger_key (
  number      INTEGER PRIMARY KEY,      -- from 1
  vkey        TEXT NOT NULL,            -- name+id+base64, as verifiers take it
  from_size   INTEGER NOT NULL,         -- signs trees of this size and larger
  time_us     INTEGER NOT NULL,
  endorsement TEXT NOT NULL             -- note about this key, signed by the one before; '' when that was not there
) STRICT;

-- What each witness of the ledger has cosigned last: where the next question to it begins, and the
-- newest head that others vouch for.
CREATE TABLE ledger_witness (
  vkey    TEXT NOT NULL PRIMARY KEY,    -- its public key: name+id+base64
  size    INTEGER NOT NULL,             -- of the tree
  time_us INTEGER NOT NULL,             -- when the server signed that head
  note    TEXT NOT NULL                 -- the signed note, with the witness's signature
) STRICT;

-- What was erased, by which entry: nothing else may be missing.
CREATE TABLE erasure (
  what     INTEGER NOT NULL,            -- ledger::Erased
  id       INTEGER NOT NULL,            -- prediction.row_id, principal_state.principal_id or ledger_entry.position
  state    INTEGER NOT NULL,            -- principal_state.valid_from; else 0
  position INTEGER NOT NULL,
  PRIMARY KEY (what, id, state)
) STRICT, WITHOUT ROWID;
