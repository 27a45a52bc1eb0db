// Whether what a crash or a fault left is what it must be.
#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "story.h"

namespace whence::fault {

// Every table of a database as text, a line a row, without what full text search keeps for itself.
// `path` may be in use.
std::string DumpOf(const std::string& path);

// What a database holds: by table, its columns and its rows, these as SQL writes their values and
// sorted. Without what full text search keeps for itself.
struct Table {
  std::vector<std::string> columns;
  std::vector<std::string> rows;
};
using Tables = std::map<std::string, Table>;
Tables TablesOf(const std::string& path);

// Empty, or which row of `before` the database at `path` lacks or has besides: of each table, but
// those that were `changed` on purpose, in the columns that it had. The record of migrations may
// have grown.
std::string LostFrom(const Tables& before, const std::string& path,
                     const std::set<std::string>& changed = {});

// Statements that fill an empty database of the same schema with the same rows.
std::string InsertsOf(const std::string& path);

// What integrity_check and foreign_key_check find; empty when all is well.
std::string FaultsOf(const std::string& path);

// The mutations that a database holds, in order: id and time.
using Held = std::vector<std::pair<std::string, absl::Time>>;

// Purpose: knows, for every list of mutations of one story that can have survived, what the
// database must look like and what was answered: it does just these, on a disk without faults.
// What it has found once it remembers.
class Reference {
 public:
  explicit Reference(const Story* story) : story_(story) {}

  struct Expected {
    std::string dump;
    std::map<std::string, std::string> answers;  // by the mutation's id
  };
  // What holding exactly these looks like.
  const Expected& Of(const Held& held);

 private:
  const Story* const story_;
  std::map<std::string, Expected> known_;
};

// How thoroughly to look.
enum class Depth {
  kState,     // the database opens, is sound, holds what it must and nothing by half
  kAndResend  // and takes everything again under the same request ids, once
};

// Opens the folder with SQLite's own VFS. Empty, or what is wrong:
//   the server does not open, integrity_check or foreign_key_check find something;
//   an acknowledged mutation is missing or there twice, a failed one is there;
//   anything of an unacknowledged one is there without the rest;
//   an answer was not what such a request is answered.
std::string Judge(const std::string& folder, const Story& story, const Outcomes& outcomes,
                  Reference& reference, Depth depth);

}  // namespace whence::fault
