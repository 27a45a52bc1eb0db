#include "rpc/message_mutator.h"

#include <iterator>
#include <limits>

#include "base/text.h"

namespace whence::fuzz {

using google::protobuf::EnumDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

namespace {

constexpr int kDeepest = 8;
constexpr size_t kMostLessons = 512;
constexpr size_t kLongestLesson = 300;

// The world of rpc/world.cc, and what is nearly of it.
constexpr const char* kWords[] = {
    "prod",
    "dev",
    "prod.raw",
    "prod.ml",
    "prod.raw.users",
    "prod.raw.clean",
    "prod.raw.report",
    "prod.ml.model",
    "prod.ml.prompt",
    "prod.ml.index",
    "prod.ml.endpoint",
    "prod.ml.job",
    "prod.raw.users@1",
    "prod.raw.users@2",
    "prod.raw.clean@1",
    "prod.ml.model@1",
    "prod.ml.model@champion",
    "prod.ml.model@latest",
    "prod.ml.prompt@1",
    "prod.ml.index@1",
    "prod.raw.users#email",
    "prod.raw.users#id",
    "prod.raw.clean#email",
    "prod.raw.users@1#email",
    "run:0192f3a4-5b6c-7d8e-9f00-112233445566",
    "0192f3a4-5b6c-7d8e-9f00-112233445566",
    "0192F3A4-5B6C-7D8E-9F00-112233445567",
    "prediction:p-1",
    "p-1",
    "p-2",
    "champion",
    "challenger",
    "id",
    "email",
    "name",
    "pii",
    "pii=email",
    "BIGINT",
    "STRING",
    "user:ana",
    "user:bob",
    "svc:loader",
    "group:team",
    "whence_000000000000000000000000000000000000",
    "SELECT",
    "MODIFY",
    "EXECUTE",
    "MANAGE",
    "BROWSE",
    "APPLY TAG",
    "USE CATALOG",
    "CREATE SCHEMA",
    "ALL PRIVILEGES",
    "mask-email",
    "rows",
    "no-predicting",
    "class",
    "class=secret",
    "redact",
    "hash",
    "custom",
    "duckdb",
    "sqlite",
    "substr({col}, 1, 2)",
    "CAST({col} AS {type})",
    "{caller}",
    "region IN ('EU', 'US') AND owner = caller",
    "id >= 1 AND id IS NOT NULL",
    "active",
    "max_calls_per_second",
    "priority",
    "state",
    "mask",
    "team:data",
    "s3://lake",
    "raw/users",
    "opaque:1",
    "opaque:2",
    "opaque:",
    "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "sha256:00",
    "request-1",
    "request-2",
    "USD",
    "comment",
    "owner",
    "properties",
    "detail",
    "*",
    "kind = \"TABLE\"",
    "name : \"prod*\" AND NOT owner = \"x\"",
    "tags.pii = \"email\"",
    "((((",
    "state = \"COMPLETE\" OR job = \"prod.ml.job\"",
    "start_time > \"2026-03-01T12:00:00Z\"",
    "properties.team = \"data\"",
    "latency_us >= 10",
    "Hello {{ name }}, answer {{question}}",
    "{",
    "}}",
    "team",
    "data",
    "`a b`.`c.d`.``",
    "`",
    "a..b",
    "prod.raw.users@0",
    "prod.raw.users@-1",
    "prod.raw.users@99999999999999999999",
    "run:",
    "prediction:",
    "#",
    "@",
    "/",
    ".",
    " ",
    "\n",
    "caf\xC3\xA9",
    "\xE2\x80\x8B",
    "\xF0\x9F\x98\x80",
    "\x7F",
    "%s",
    "'; DROP TABLE run; --",
    "\"",
    "NEAR(",
    "a AND OR",
    "col:",
    "-",
    "etag",
    "sql",
    "2030-01-01T00:00:00Z"};

constexpr int64_t kIntegers[] = {0,
                                 1,
                                 2,
                                 3,
                                 5,
                                 10,
                                 50,
                                 255,
                                 256,
                                 1000,
                                 1001,
                                 10'000,
                                 10'001,
                                 1'000'000,
                                 1'000'001,
                                 -1,
                                 -2,
                                 253402300799,
                                 253402300800,
                                 -62135596800,
                                 -62135596801,
                                 1893456000,
                                 999'999'999,
                                 1'000'000'000};

}  // namespace

std::string MessageMutator::Word() {
  if (!learned_.empty() && Below(3) == 0) return learned_[Below(learned_.size())];
  return kWords[Below(std::size(kWords))];
}

std::string MessageMutator::Text(const std::string& present) {
  static constexpr const char* kJoints[] = {"", ".", "@", "#", "/", " ", "`", ":", "="};
  switch (Below(12)) {
    case 0:
      return "";
    case 1:
      return present + kJoints[Below(std::size(kJoints))] + Word();
    case 2:
      return Word() + kJoints[Below(std::size(kJoints))] + present;
    case 3:
      return Word() + kJoints[Below(std::size(kJoints))] + Word();
    case 4: {  // up to a bound, or past it
      static constexpr size_t kLengths[] = {127, 128, 129,  200,  207, 254,
                                            255, 256, 1000, 4096, 5000};
      return std::string(kLengths[Below(std::size(kLengths))], "ax.`\n"[Below(5)]);
    }
    case 5: {  // one character out or in
      std::string text = present;
      if (text.empty()) return Word();
      const size_t at = Below(text.size());
      if (static_cast<unsigned char>(text[at]) < 0x80U) {
        text[at] = static_cast<char>(Below(0x80));
      }
      return text;
    }
    default:
      return Word();
  }
}

int64_t MessageMutator::Integer() {
  switch (Below(8)) {
    case 0:
      return std::numeric_limits<int64_t>::max() - static_cast<int64_t>(Below(2));
    case 1:
      return std::numeric_limits<int64_t>::min();
    case 2:
      return static_cast<int64_t>(Below(2000));
    case 3:
      return std::numeric_limits<int32_t>::max();
    default:
      return kIntegers[Below(std::size(kIntegers))];
  }
}

double MessageMutator::Real() {
  static constexpr double kReals[] = {0.0,
                                      -0.0,
                                      0.5,
                                      -1.0,
                                      1e308,
                                      5e-324,
                                      std::numeric_limits<double>::infinity(),
                                      -std::numeric_limits<double>::infinity(),
                                      std::numeric_limits<double>::quiet_NaN()};
  return kReals[Below(std::size(kReals))];
}

void MessageMutator::PutInteger(Message* message, const FieldDescriptor* field) {
  const Reflection* reflection = message->GetReflection();
  const int64_t value = Integer();
  if (field->cpp_type() == FieldDescriptor::CPPTYPE_INT32) {
    const auto narrow = static_cast<int32_t>(value);
    field->is_repeated() ? reflection->AddInt32(message, field, narrow)
                         : reflection->SetInt32(message, field, narrow);
  } else {
    field->is_repeated() ? reflection->AddInt64(message, field, value)
                         : reflection->SetInt64(message, field, value);
  }
}

void MessageMutator::Put(Message* message, const FieldDescriptor* field, int depth) {
  const Reflection* reflection = message->GetReflection();
  const bool many = field->is_repeated();
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      if (many) {
        reflection->AddString(message, field, Text(""));
      } else {
        reflection->SetString(message, field, Text(reflection->GetString(*message, field)));
      }
      break;
    case FieldDescriptor::CPPTYPE_ENUM: {
      const EnumDescriptor* type = field->enum_type();
      int value =
          type->value(static_cast<int>(Below(static_cast<size_t>(type->value_count()))))->number();
      if (Below(16) == 0) value = static_cast<int>(Integer());
      many ? reflection->AddEnumValue(message, field, value)
           : reflection->SetEnumValue(message, field, value);
      break;
    }
    case FieldDescriptor::CPPTYPE_BOOL:
      many ? reflection->AddBool(message, field, true)
           : reflection->SetBool(message, field, !reflection->GetBool(*message, field));
      break;
    case FieldDescriptor::CPPTYPE_DOUBLE:
      many ? reflection->AddDouble(message, field, Real())
           : reflection->SetDouble(message, field, Real());
      break;
    case FieldDescriptor::CPPTYPE_MESSAGE:
      Mutate(many ? reflection->AddMessage(message, field)
                  : reflection->MutableMessage(message, field),
             depth + 1);
      break;
    default:
      PutInteger(message, field);
  }
}

void MessageMutator::ChangeRepeated(Message* message, const FieldDescriptor* field, int depth) {
  const Reflection* reflection = message->GetReflection();
  const int size = reflection->FieldSize(*message, field);
  const int at = static_cast<int>(Below(static_cast<size_t>(size)));
  const bool messages = field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE;
  switch (Below(messages ? 8 : 4)) {
    case 0:
      reflection->RemoveLast(message, field);
      break;
    case 1:
      reflection->SwapElements(message, field, at, size - 1);
      break;
    case 2:
      Put(message, field, depth);
      break;
    case 3:  // many of it
      for (size_t i = Below(Below(16) == 0 ? 1100 : 12); i > 0; --i) Put(message, field, kDeepest);
      break;
    case 4: {  // the same again
      Message* copy = reflection->AddMessage(message, field);
      copy->CopyFrom(reflection->GetRepeatedMessage(*message, field, at));
      break;
    }
    default:
      Mutate(reflection->MutableRepeatedMessage(message, field, at), depth + 1);
  }
}

void MessageMutator::ChangeField(Message* message, const FieldDescriptor* field, int depth) {
  const Reflection* reflection = message->GetReflection();
  if (field->is_repeated()) {
    if (reflection->FieldSize(*message, field) > 0) {
      ChangeRepeated(message, field, depth);
    } else {
      Put(message, field, depth);
    }
    return;
  }
  if (Below(8) == 0) {
    reflection->ClearField(message, field);
  } else {
    Put(message, field, depth);
  }
}

void MessageMutator::Mutate(Message* message, int depth) {
  const auto* type = message->GetDescriptor();
  if (type->field_count() == 0 || depth > kDeepest) return;
  const auto pick = [&] {
    return type->field(static_cast<int>(Below(static_cast<size_t>(type->field_count()))));
  };
  const FieldDescriptor* field = pick();
  // Rather where there is something already, and rather inside than outside.
  const Reflection* reflection = message->GetReflection();
  const auto is_set = [&](const FieldDescriptor* candidate) {
    return candidate->is_repeated() ? reflection->FieldSize(*message, candidate) > 0
                                    : reflection->HasField(*message, candidate);
  };
  for (int tries = 0; tries < 2 && !is_set(field); ++tries) field = pick();
  ChangeField(message, field, depth);
}

void MessageMutator::Learn(const Message& reply, int depth) {
  if (depth > 3) return;
  const Reflection* reflection = reply.GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection->ListFields(reply, &fields);
  for (const FieldDescriptor* field : fields) {
    const int count = field->is_repeated() ? std::min(reflection->FieldSize(reply, field), 4) : 1;
    if (field->cpp_type() == FieldDescriptor::CPPTYPE_STRING && !field->is_repeated()) {
      std::string text = reflection->GetString(reply, field);
      if (text.size() > kLongestLesson || !IsValidUtf8(text)) continue;
      if (learned_.size() < kMostLessons) {
        learned_.push_back(std::move(text));
      } else {
        learned_[next_lesson_++ % kMostLessons] = std::move(text);
      }
    } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      for (int i = 0; i < count; ++i) {
        Learn(field->is_repeated() ? reflection->GetRepeatedMessage(reply, field, i)
                                   : reflection->GetMessage(reply, field),
              depth + 1);
      }
    }
  }
}

}  // namespace whence::fuzz
