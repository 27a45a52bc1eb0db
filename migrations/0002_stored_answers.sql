-- How many bytes the large answers to request ids take together, so that they have a bound. Large
-- is what has over 4,096 bytes; one row, once there was such an answer.
CREATE TABLE request_room (
  id          INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
  large_bytes INTEGER NOT NULL
) STRICT;

INSERT INTO request_room (id, large_bytes)
SELECT 1, sum(length(response)) FROM request WHERE length(response) > 4096 HAVING count(*) > 0;

-- The oldest of them.
CREATE INDEX request_large ON request (time_us, id) WHERE length(response) > 4096;
