#include "rpc/call.h"

#include "google/protobuf/io/tokenizer.h"
#include "google/protobuf/text_format.h"

namespace whence::fuzz {
namespace {

class Silent final : public google::protobuf::io::ErrorCollector {
  void AddError(int, google::protobuf::io::ColumnNumber, const std::string&) override {}
};

bool ParseText(std::string_view text, google::protobuf::Message* request) {
  Silent silent;
  google::protobuf::TextFormat::Parser parser;
  parser.RecordErrorsTo(&silent);
  // Over the wire and back, for text may hold what the wire may not.
  return parser.ParseFromString(std::string(text), request) &&
         request->ParseFromString(request->SerializeAsString());
}

}  // namespace

std::optional<RpcCall> ParseCall(std::string_view input) {
  const size_t end = input.find_first_of(":=");
  if (end == std::string_view::npos) return std::nullopt;
  RpcCall call;
  call.operation = FindOperation(input.substr(0, end));
  if (call.operation == nullptr) return std::nullopt;
  call.request = call.operation->make_request();
  const std::string_view body = input.substr(end + 1);
  const bool parsed = input[end] == ':' ? ParseText(body, call.request.get())
                                        : call.request->ParseFromString(std::string(body));
  if (!parsed) return std::nullopt;
  return call;
}

std::string WriteCall(const RpcCall& call) {
  std::string input(call.operation->name);
  input += '=';
  return input + call.request->SerializeAsString();
}

}  // namespace whence::fuzz
