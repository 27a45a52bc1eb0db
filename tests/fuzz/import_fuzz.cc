// Import files: every line becomes a record or an error that says what is wrong; a record written
// as a line again is read as the same record.
#include <cstddef>
#include <cstdint>
#include <sstream>
#include <string>
#include <variant>

#include "base/assert.h"
#include "base/text.h"
#include "cli/bulk/line_reader.h"
#include "cli/bulk/portable.h"
#include "cli/bulk/record.h"
#include "google/protobuf/stubs/logging.h"
#include "support/feature.h"

namespace {

using whence::cli::Record;

const google::protobuf::Message& BodyOf(const Record& record) {
  return std::visit([](const auto& body) -> const google::protobuf::Message& { return body; },
                    record.body);
}

void CheckRecord(const Record& record, int64_t number) {
  static_cast<void>(whence::cli::LaneOf(record));
  const whence::cli::Dependencies dependencies = whence::cli::DependenciesOf(record);
  whence::fuzz::Feature(whence::cli::KindOf(record),
                        dependencies.needs.size() + BodyOf(record).ByteSizeLong() / 8);
  // The state that is not known is not in the message: nothing to write again.
  if (record.state_unknown) return;
  const std::string line =
      whence::cli::RecordLine(whence::cli::KindOf(record), BodyOf(record), record.update_mask);
  const auto again = whence::cli::ParseRecord(line, number);
  WHENCE_ASSERT(again.ok());
  WHENCE_ASSERT(again->update_mask == record.update_mask);
  // As text, for a number that is none is not equal to itself.
  WHENCE_ASSERT(whence::cli::RecordLine(whence::cli::KindOf(*again), BodyOf(*again),
                                        again->update_mask) == line);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  google::protobuf::SetLogHandler(nullptr);  // it tells of every text that is not UTF-8
  std::istringstream file(std::string(reinterpret_cast<const char*>(data), size));
  whence::cli::LineReader reader(file);
  std::string line;
  while (reader.Next(line)) {
    const auto record = whence::cli::ParseRecord(line, reader.number());
    if (record.ok()) {
      CheckRecord(*record, reader.number());
      continue;
    }
    WHENCE_ASSERT(record.status().code() == absl::StatusCode::kInvalidArgument);
    const std::string message(record.status().message());
    WHENCE_ASSERT(!message.empty() && whence::IsValidUtf8(message));
    whence::fuzz::Feature(message.substr(0, 40));
  }
  WHENCE_ASSERT(reader.offset() == static_cast<int64_t>(size));
  return 0;
}
