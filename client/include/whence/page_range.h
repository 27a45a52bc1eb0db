#pragma once

#include <cstddef>
#include <functional>
#include <iterator>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "whence/types.h"

namespace whence {

// A list that is fetched page by page while it is walked through:
//
//   for (auto& asset : client.ListAssets("prod")) {
//     if (!asset.ok()) return whence::Exit(asset.status());
//     std::cout << asset->name << "\n";
//   }
//
// Each element is an absl::StatusOr<T>; an error is the last element. All pages show the list as of
// the first, whatever is written meanwhile. The range can be walked through once (an input range)
// and owns what it has fetched: an element lives until the iterator moves on.
// Movable; one thread at a time.
template <typename T>
class PageRange {
 public:
  // Gives the page that a token stands for; the first token is empty.
  using Fetch = std::function<absl::StatusOr<Page<T>>(const std::string& page_token)>;

  class Iterator {
   public:
    using iterator_category = std::input_iterator_tag;
    using value_type = absl::StatusOr<T>;
    using difference_type = std::ptrdiff_t;
    using pointer = value_type*;
    using reference = value_type&;

    Iterator() = default;
    reference operator*() const { return *range_->current_; }
    pointer operator->() const { return &*range_->current_; }
    Iterator& operator++() {
      range_->Advance();
      if (!range_->current_.has_value()) range_ = nullptr;
      return *this;
    }
    void operator++(int) { ++*this; }
    friend bool operator==(const Iterator& a, const Iterator& b) { return a.range_ == b.range_; }

   private:
    friend class PageRange;
    explicit Iterator(PageRange* range) : range_(range) {}
    PageRange* range_ = nullptr;  // null at the end
  };

  explicit PageRange(Fetch fetch) : fetch_(std::move(fetch)) {}
  PageRange(PageRange&&) noexcept = default;
  PageRange& operator=(PageRange&&) noexcept = default;

  // Fetches the first page, if that has not been done.
  Iterator begin() {
    if (!begun_) {
      begun_ = true;
      Advance();
    }
    return current_.has_value() ? Iterator(this) : Iterator();
  }
  Iterator end() { return Iterator(); }

 private:
  void Advance() {
    while (next_ == page_.items.size() && more_) {
      absl::StatusOr<Page<T>> page = fetch_(page_.next_page_token);
      if (!page.ok()) {
        more_ = false;
        current_.emplace(page.status());
        return;
      }
      page_ = *std::move(page);
      next_ = 0;
      more_ = !page_.next_page_token.empty();
    }
    if (next_ < page_.items.size()) {
      current_.emplace(std::move(page_.items[next_++]));
    } else {
      current_.reset();
    }
  }

  Fetch fetch_;
  bool begun_ = false;
  bool more_ = true;  // whether there is a page after page_
  Page<T> page_;
  std::size_t next_ = 0;
  std::optional<absl::StatusOr<T>> current_;  // empty at the end
};

}  // namespace whence
