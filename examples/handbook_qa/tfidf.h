#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "passages.h"

namespace handbook {

// A passage found for a query: its row and its cosine similarity, above 0 and at most 1.
struct Hit {
  int row = 0;
  double score = 0;

  bool operator==(const Hit&) const = default;
};

// An inverted index of passages, ranked by cosine similarity of TF-IDF weights (1 + log tf) * idf.
// Immutable once made, so it may be read from any thread. Weights are rounded when the index is
// made: an index read back from its file ranks exactly as the one that was written.
class TfIdfIndex {
 public:
  // Indexes headings together with texts: "Amendment XIX" is found by its name.
  static TfIdfIndex Build(const std::vector<Passage>& passages);

  // Reads what Format wrote; nothing if that is not what `text` is.
  static std::optional<TfIdfIndex> Parse(std::string_view text);
  std::string Format() const;

  // The `k` best passages, best first; equal scores in order of rows. Fewer if fewer share a term.
  std::vector<Hit> Search(std::string_view query, std::size_t k) const;

  // How much a term tells: the rarer, the more. A term of no passage weighs as much as the rarest.
  double Idf(const std::string& term) const;

  std::size_t passage_count() const { return passage_count_; }
  std::size_t term_count() const { return terms_.size(); }  // the dimension of the vectors

 private:
  struct Entry {
    double idf = 0;
    std::vector<Hit>
        postings;  // by row; the score is the term's share of the passage's unit vector
  };

  std::size_t passage_count_ = 0;
  std::map<std::string, Entry, std::less<>> terms_;  // ordered: the file is the same every time
};

}  // namespace handbook
