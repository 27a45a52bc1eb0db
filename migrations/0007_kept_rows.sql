-- Which of the rows that an entry wrote are no longer as it left them: without this a check knows the
-- entry, and not the row. Entries that wrote one row need none, and those from before have none.
CREATE TABLE ledger_entry_rows (
  position INTEGER PRIMARY KEY,         -- of the entry
  hashes   BLOB NOT NULL                -- of its rows, 32 bytes each, ascending: the leaves under its rows_root
) STRICT;
