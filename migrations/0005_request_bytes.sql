-- How many bytes of requests a principal may send, beside how many calls it may make.
ALTER TABLE principal_state
  ADD COLUMN max_request_bytes_per_second INTEGER NOT NULL DEFAULT 0; -- 0: the server's default
