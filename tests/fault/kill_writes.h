// The kinds of mutations that are under way when the server is killed.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "grpcpp/grpcpp.h"

namespace whence::test {

// What the database must hold of what was written.
struct KillTotals {
  int64_t runs = 0;                        // each with two edges and a version of its own
  int64_t declarations = 0;                // each of one edge between columns: two between tables
  int64_t predictions = 0;                 // but for those of the stream
  std::map<std::string, int64_t> entries;  // of the ledger, by action

  void Add(const KillTotals& other);
};

// Purpose: one kind of mutation; its writes are numbered from 0 and sent in this order. Each can be
// sent again and is then the same request, byte by byte.
// Thread-safety: one thread an object.
class KillWrites {
 public:
  // Of the numbers 0, 1, 2, ... each another kind, and then again. `name` tells the object from
  // all others; its runs read and write the tables of `round`.
  static constexpr int kKinds = 8;
  static constexpr int kAccessKind = 7;
  static std::unique_ptr<KillWrites> Make(int number, const std::string& name, int round);

  virtual ~KillWrites() = default;
  // Where the server is from now on.
  virtual void Connect(const std::shared_ptr<grpc::Channel>& channel) = 0;
  // The answer as text; nothing when there was none, or an error.
  virtual std::optional<std::string> Send(int number) = 0;
  // What Send must return; empty where it must only be the same each time.
  virtual std::string Answer() const { return ""; }
  // Whether the write happened: not (0), with all that belongs to it (1), or by half (-1).
  virtual int Wholeness(int number) = 0;
  // What it was told then, for people.
  virtual std::string Seen() const { return ""; }
  // What one write brings.
  virtual KillTotals TotalsOf(int number) const = 0;
};

}  // namespace whence::test
