#include "service/encoded.h"

#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/wire_format_lite.h"

namespace whence::service {
namespace {

using google::protobuf::internal::WireFormatLite;
using google::protobuf::io::CodedOutputStream;

// A tag and a number, each of at most ten bytes.
constexpr size_t kMaxHeadBytes = 20;

void AppendHead(std::string* out, int field, WireFormatLite::WireType type, uint64_t value) {
  uint8_t head[kMaxHeadBytes];
  uint8_t* end = CodedOutputStream::WriteTagToArray(WireFormatLite::MakeTag(field, type), head);
  end = CodedOutputStream::WriteVarint64ToArray(value, end);
  out->append(reinterpret_cast<const char*>(head), static_cast<size_t>(end - head));
}

}  // namespace

void AppendNumberField(std::string* out, int field, uint64_t value) {
  if (value != 0) AppendHead(out, field, WireFormatLite::WIRETYPE_VARINT, value);
}

void AppendBytesHead(std::string* out, int field, size_t size) {
  AppendHead(out, field, WireFormatLite::WIRETYPE_LENGTH_DELIMITED, size);
}

void AppendBytesField(std::string* out, int field, std::string_view value) {
  AppendBytesHead(out, field, value.size());
  out->append(value);
}

}  // namespace whence::service
