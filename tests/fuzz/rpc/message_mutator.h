// Changes of messages that stay messages.
#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "google/protobuf/message.h"

namespace whence::fuzz {

// Purpose: sets, clears, repeats and swaps fields of a message, with words that mean something to
// the server: names and references of the world it is tried on, forms with a fault, bounds, and
// what replies have taught it (ids, tokens, etags). The same seed and lessons give the same
// changes. Thread-safety: one thread.
class MessageMutator {
 public:
  explicit MessageMutator(uint64_t seed) : random_(seed) {}

  void Seed(uint64_t seed) { random_.seed(seed); }
  size_t Below(size_t bound) { return static_cast<size_t>(random_() % bound); }

  // One change, somewhere in the message.
  void Mutate(google::protobuf::Message* message, int depth = 0);
  // Keeps the texts of a reply for later requests.
  void Learn(const google::protobuf::Message& reply, int depth = 0);

 private:
  void ChangeField(google::protobuf::Message* message,
                   const google::protobuf::FieldDescriptor* field, int depth);
  void ChangeRepeated(google::protobuf::Message* message,
                      const google::protobuf::FieldDescriptor* field, int depth);
  // Adds an element to a repeated field, or sets one that is not.
  void Put(google::protobuf::Message* message, const google::protobuf::FieldDescriptor* field,
           int depth);
  void PutInteger(google::protobuf::Message* message,
                  const google::protobuf::FieldDescriptor* field);
  std::string Text(const std::string& present);
  std::string Word();
  int64_t Integer();
  double Real();

  std::mt19937_64 random_;
  std::vector<std::string> learned_;
  size_t next_lesson_ = 0;
};

}  // namespace whence::fuzz
