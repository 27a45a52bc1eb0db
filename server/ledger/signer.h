// Who signs the ledger's heads.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "sql/connection.h"
#include "sql/writer.h"
#include "tlog/dsse.h"
#include "tlog/hash.h"
#include "tlog/note_key.h"

namespace whence::ledger {

// A head that was signed.
struct SignedCheckpoint {
  uint64_t size = 0;
  tlog::Hash root;
  absl::Time time;
  std::string note;  // as it is served

  friend bool operator==(const SignedCheckpoint&, const SignedCheckpoint&) = default;
};

// A public key of the log.
struct LogKey {
  int64_t number = 0;       // from 1
  std::string vkey;         // name+id+base64
  uint64_t from_size = 0;   // signs trees of this size and larger
  absl::Time time;          // when it was made
  std::string endorsement;  // a note about it, signed by the key before; empty: there was none

  friend bool operator==(const LogKey&, const LogKey&) = default;
};

struct SignerOptions {
  std::string folder;  // where the key is
  std::string origin;  // the log's, and the key's name
  absl::Time now;
  uint64_t size = 0;  // of the tree
  tlog::Hash root;
  // Make a new key, whatever there is: endorsed by the one before where that is there and may sign,
  // and then the present head is signed by both.
  bool new_key = false;
};

// Purpose: holds the log's key, and signs heads with it: at most one a second unless asked, never
// one of a smaller tree than before, and none that does not continue what was signed before. Beside
// the key lies the newest head that it signed (`ledger.signed`), so that a database that was put
// back to an older state is noticed.
//
// Files in the data folder, for their owner's eyes alone: `ledger.key`, a signed note's private
// key; `ledger.key.next`, while one key takes the place of another; `ledger.signed`.
//
// A new key without endorsement is a new beginning for whoever trusted the one before: it is made
// only when asked for (SignerOptions::new_key), and never by itself where there was one.
//
// Where something is wrong, nothing is signed and status() says why; everything else goes on:
//   LEDGER_KEY_MISSING  (FailedPrecondition) the log has a key, and it is not here: a backup that
//                       was restored, for example
//   LEDGER_KEY_FOREIGN  (FailedPrecondition) what is here is not its newest key
//   SECRET_FILE_EXPOSED (FailedPrecondition) others can read it
//   LEDGER_ROLLED_BACK  (FailedPrecondition) a larger tree was signed
//   LEDGER_FORKED       (DataLoss) the tree does not continue the one that was signed
//   DISK_FULL, IO_ERROR ledger.signed could not be written; tried again with the next head
// Ownership: owns the key. Thread-safety: Open before others begin; IsDue and Sign on the writer's
// thread; the rest from any.
class Signer {
 public:
  // Finds or makes the key, on the writer's connection before the writer starts. Errors are those
  // of the disk; what keeps from signing is in status().
  static absl::StatusOr<std::unique_ptr<Signer>> Open(sql::Connection& writer,
                                                      const SignerOptions& options);
  ~Signer();

  // Whether a head of `size` leaves may be signed, and is not yet.
  bool WouldSign(uint64_t size) const;
  // Whether it is to be signed now.
  bool IsDue(uint64_t size, absl::Time now) const;
  // Signs it, in the batch's transaction; known to others when that is committed. Nothing happens
  // where it is signed already, or status() forbids it. The connection's errors.
  absl::Status Sign(sql::WriteContext& context, uint64_t size, const tlog::Hash& root,
                    absl::Time now);

  // A statement in an envelope that the key has signed, as JSON. On any thread. The error of
  // status(), where nothing may be signed.
  absl::StatusOr<std::string> SignStatement(const tlog::Statement& statement) const;

  absl::Status status() const;
  // The newest; nothing before there is one.
  std::optional<SignedCheckpoint> latest() const;
  // Oldest first.
  std::vector<LogKey> keys() const;
  const std::string& origin() const { return origin_; }

 private:
  Signer(std::string folder, std::string origin);

  std::string Path(std::string_view name) const;
  absl::Status LoadKeys(sql::Connection& writer);
  absl::Status FinishRotation();
  absl::Status FindKey(sql::Connection& writer, const SignerOptions& options);
  absl::Status MakeKey(sql::Connection& writer, const SignerOptions& options);
  absl::Status RecordKey(sql::Connection& writer, const SignerOptions& options,
                         const tlog::VerifierKey& key, std::string endorsement);
  absl::Status LoadLatest(sql::Connection& writer);
  absl::Status CheckContinues(sql::Connection& writer, const SignerOptions& options);
  absl::StatusOr<std::optional<SignedCheckpoint>> ReadSignedFile() const;
  // Signed by `key_` and, where there is one, by `other`.
  absl::StatusOr<SignedCheckpoint> Make(uint64_t size, const tlog::Hash& root, absl::Time now,
                                        const tlog::SignerKey* other) const;
  void Committed(const SignedCheckpoint& checkpoint);
  void SetStatus(absl::Status status);

  const std::string folder_;
  const std::string origin_;
  std::optional<tlog::SignerKey> key_;
  std::optional<absl::Time> last_try_;  // of the writer's thread

  mutable std::mutex mutex_;  // guards what follows
  absl::Status status_;
  std::optional<SignedCheckpoint> latest_;
  std::vector<LogKey> keys_;
};

// The log's public keys as they are stored, the oldest first. The connection's errors.
absl::StatusOr<std::vector<LogKey>> ListKeys(sql::Connection& connection);

// The newest checkpoints that are stored, newest first, at most `limit`.
absl::StatusOr<std::vector<SignedCheckpoint>> ListCheckpoints(sql::Connection& connection,
                                                              int64_t limit);

}  // namespace whence::ledger
