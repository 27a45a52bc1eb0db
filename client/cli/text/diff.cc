#include "cli/text/diff.h"

#include <algorithm>
#include <vector>

#include "base/strings.h"

namespace whence::cli {
namespace {

constexpr size_t kContext = 3;
// Bounds the work (lines times differences) and the memory (differences squared).
constexpr int kMaxDifferences = 2000;

using Lines = std::vector<std::string_view>;

// Each with its newline; the last one may lack it.
Lines SplitLines(std::string_view text) {
  Lines lines;
  while (!text.empty()) {
    const size_t newline = text.find('\n');
    const size_t length = newline == std::string_view::npos ? text.size() : newline + 1;
    lines.push_back(text.substr(0, length));
    text.remove_prefix(length);
  }
  return lines;
}

enum class Step : char { kSame = ' ', kRemove = '-', kAdd = '+' };

// Myers' greedy algorithm (1986): for each number of differences d, the furthest point reached on
// each diagonal k; then back from the end. All of `a` removed and `b` added where d exceeds its
// bound.
std::vector<Step> ShortestScript(const Lines& a, const Lines& b) {
  const int n = static_cast<int>(a.size());
  const int m = static_cast<int>(b.size());
  const int bound = std::min(n + m, kMaxDifferences);
  std::vector<std::vector<int>> history;  // history[d][k + d]: x reached with d differences
  const auto place = [](int d, int k) {
    const int from_left = k + d;
    return static_cast<size_t>(from_left);
  };
  const auto at = [&place](const std::vector<int>& row, int d, int k) {
    return k < -d || k > d ? -1 : row[place(d, k)];
  };
  bool found = false;
  for (int d = 0; d <= bound && !found; ++d) {
    std::vector<int> row(static_cast<size_t>(2 * d + 1), -1);
    for (int k = -d; k <= d && !found; k += 2) {
      int x = 0;
      if (d > 0) {
        const std::vector<int>& last = history.back();
        const int down = at(last, d - 1, k + 1);
        const int right = at(last, d - 1, k - 1);
        x = k == -d || (k != d && right < down) ? down : right + 1;
      }
      while (x < n && x - k < m && a[static_cast<size_t>(x)] == b[static_cast<size_t>(x - k)]) ++x;
      row[place(d, k)] = x;
      found = x >= n && x - k >= m;
    }
    history.push_back(std::move(row));
  }
  std::vector<Step> script;
  if (!found) {
    script.assign(a.size(), Step::kRemove);
    script.insert(script.end(), b.size(), Step::kAdd);
    return script;
  }
  int x = n;
  int y = m;
  for (int d = static_cast<int>(history.size()) - 1; d > 0; --d) {
    const std::vector<int>& last = history[static_cast<size_t>(d - 1)];
    const int k = x - y;
    const bool down = k == -d || (k != d && at(last, d - 1, k - 1) < at(last, d - 1, k + 1));
    const int from_k = down ? k + 1 : k - 1;
    const int from_x = at(last, d - 1, from_k);
    const int after_x = down ? from_x : from_x + 1;
    for (; x > after_x; --x, --y) script.push_back(Step::kSame);
    script.push_back(down ? Step::kAdd : Step::kRemove);
    x = from_x;
    y = from_x - from_k;
  }
  script.insert(script.end(), static_cast<size_t>(x), Step::kSame);
  std::reverse(script.begin(), script.end());
  return script;
}

// The script for whole texts: what they share at both ends needs no search.
std::vector<Step> Script(const Lines& a, const Lines& b) {
  size_t head = 0;
  while (head < a.size() && head < b.size() && a[head] == b[head]) ++head;
  size_t tail = 0;
  while (tail < a.size() - head && tail < b.size() - head &&
         a[a.size() - 1 - tail] == b[b.size() - 1 - tail]) {
    ++tail;
  }
  const auto middle = [head, tail](const Lines& lines) {
    return Lines(lines.begin() + static_cast<std::ptrdiff_t>(head),
                 lines.end() - static_cast<std::ptrdiff_t>(tail));
  };
  std::vector<Step> script(head, Step::kSame);
  const std::vector<Step> inner = ShortestScript(middle(a), middle(b));
  script.insert(script.end(), inner.begin(), inner.end());
  script.insert(script.end(), tail, Step::kSame);
  return script;
}

// "3,4" or "3" for one line, as diff writes ranges; an empty range names the line before it.
std::string Range(size_t begin, size_t count) {
  if (count == 1) return StrCat(begin + 1);
  return StrCat(count == 0 ? begin : begin + 1, ",", count);
}

class HunkWriter {
 public:
  HunkWriter(const Lines& a, const Lines& b, const std::vector<Step>& script)
      : a_(a), b_(b), script_(script) {}

  std::string Write() {
    for (size_t i = 0; i < script_.size();) {
      if (script_[i] == Step::kSame) {
        Skip(i++);
        continue;
      }
      i = WriteHunk(i);
    }
    return std::move(out_);
  }

 private:
  void Skip(size_t i) {
    x_ += script_[i] == Step::kAdd ? 0 : 1;
    y_ += script_[i] == Step::kRemove ? 0 : 1;
  }

  // The end of the hunk whose first difference is at `i`: a run of equal lines longer than twice
  // the context closes it.
  size_t HunkEnd(size_t i) const {
    size_t end = i;
    for (size_t same = 0; i < script_.size() && same <= 2 * kContext; ++i) {
      same = script_[i] == Step::kSame ? same + 1 : 0;
      if (same == 0) end = i + 1;
    }
    return std::min(end + kContext, script_.size());
  }

  size_t WriteHunk(size_t i) {
    const size_t before = std::min({kContext, x_, y_});
    const size_t begin = i - before;
    const size_t end = HunkEnd(i);
    x_ -= before;
    y_ -= before;
    const auto count = [&](Step without) {
      return static_cast<size_t>(std::count_if(script_.begin() + static_cast<std::ptrdiff_t>(begin),
                                               script_.begin() + static_cast<std::ptrdiff_t>(end),
                                               [without](Step step) { return step != without; }));
    };
    StrAppend(&out_, "@@ -", Range(x_, count(Step::kAdd)), " +", Range(y_, count(Step::kRemove)),
              " @@\n");
    for (size_t at = begin; at < end; ++at) {
      const std::string_view line = script_[at] == Step::kAdd ? b_[y_] : a_[x_];
      out_.push_back(static_cast<char>(script_[at]));
      out_.append(line);
      if (!line.ends_with('\n')) out_ += "\n\\ No newline at end of file\n";
      Skip(at);
    }
    return end;
  }

  const Lines& a_;
  const Lines& b_;
  const std::vector<Step>& script_;
  size_t x_ = 0;
  size_t y_ = 0;
  std::string out_;
};

}  // namespace

std::string UnifiedDiff(std::string_view before_name, std::string_view before,
                        std::string_view after_name, std::string_view after) {
  if (before == after) return "";
  const Lines a = SplitLines(before);
  const Lines b = SplitLines(after);
  const std::vector<Step> script = Script(a, b);
  return StrCat("--- ", before_name, "\n+++ ", after_name, "\n", HunkWriter(a, b, script).Write());
}

}  // namespace whence::cli
