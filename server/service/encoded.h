// Replies as their bytes on the wire.
//
// An answer that is put together from parts which are kept encoded (the nodes of a graph) never
// becomes a message here: building one, writing it out and taking it apart again cost several times
// what finding the answer does.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "base/assert.h"

namespace whence::service {

// A reply of an operation: the bytes of a `Message`.
template <class Message>
struct Encoded {
  std::string bytes{};

  // The message, for who looks into it. The bytes were made here: others are a programmer's error.
  Message Decode() const {
    Message message;
    WHENCE_ASSERT(message.ParseFromString(bytes));
    return message;
  }
};

// The message that a reply is, however it travels.
template <class Response>
struct ReplyOf {
  using Message = Response;
  static Message From(Response response) { return response; }
};
template <class M>
struct ReplyOf<Encoded<M>> {
  using Message = M;
  static Message From(const Encoded<M>& response) { return response.Decode(); }
};

// Appends a field of a message, in Protobuf's encoding
// (https://protobuf.dev/programming-guides/encoding): a number, a truth value or an enum, which is
// left out when it is 0, as proto3 wants it; a text or a message, which is always there.
void AppendNumberField(std::string* out, int field, uint64_t value);
void AppendBytesField(std::string* out, int field, std::string_view value);
// The beginning of such a one, when its `size` bytes are appended by the caller.
void AppendBytesHead(std::string* out, int field, size_t size);

}  // namespace whence::service
