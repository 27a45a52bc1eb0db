#pragma once

// Whose signatures an auditor believes.

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "tlog/checkpoint.h"
#include "tlog/note_key.h"
#include "whence/v1/audit.pb.h"

namespace whence::cli {

// The keys of a log for who was given one of them, and how that came.
struct Trust {
  tlog::CheckpointPolicy policy;
  // The keys are the log's own word: nobody gave one.
  bool own_word = false;
};

// Who is believed of a log that says of itself `log`: the key in `given` (a vkey, or a file with
// one), and those after it that it, or one of them, has signed for (docs/ledger.md); without
// `given` all of the log's. `witnesses` are vkeys, of which `quorum` must have cosigned. A
// LocalError for what is no key, and when the log has none.
absl::StatusOr<Trust> TrustIn(const v1::ListKeysResponse& log, const std::string& given,
                              const std::vector<std::string>& witnesses, int64_t quorum);

// The key in the text, or in the file of that name. A LocalError.
absl::StatusOr<tlog::VerifierKey> ReadKey(const std::string& text_or_file);

// "whence.example.org/log+1a2b3c4d", as people tell keys apart.
std::string KeyName(const tlog::VerifierKey& key);

}  // namespace whence::cli
