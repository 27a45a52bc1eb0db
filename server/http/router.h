// Which handler answers a request.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "http/exchange.h"

namespace whence::http {

// What a path's variables stand for, decoded, in their order: (name, value).
using PathValues = std::vector<std::pair<std::string_view, std::string>>;

// Purpose: finds handlers by method and path. A template is made of segments: `v1`, `{name}` (one
// segment, whatever is in it), and at its end `{name}:verb`. Words go before variables, verbs
// before variables that would swallow them. HEAD is GET whose body is left out. Ownership: owns the
// handlers, and the names that PathValues refer to. Thread-safety: Serve may be called from any
// thread once everything was added.
class Router {
 public:
  using Handler = std::function<void(const std::shared_ptr<Exchange>&, const PathValues&)>;

  // A method and the template of a path.
  struct Offered {
    std::string method;
    std::string path;
  };

  // Two handlers for one method and path are a programmer's error.
  void Add(std::string_view method, std::string_view path, Handler handler);
  // Hands the exchange on; or answers ROUTE_NOT_FOUND (404), METHOD_NOT_ALLOWED (405, with `allow`)
  // or URL_MALFORMED (400).
  void Serve(const std::shared_ptr<Exchange>& exchange) const;
  // All that was added, in that order.
  const std::vector<Offered>& offered() const { return offered_; }

 private:
  // What one path offers with one method.
  struct Offer {
    std::vector<std::string> names;  // of the path's variables
    Handler handler;
  };
  using Leaf = std::map<std::string, Offer, std::less<>>;  // by method
  struct Node {
    std::map<std::string, std::unique_ptr<Node>, std::less<>> words;
    std::unique_ptr<Node> variable;
    std::map<std::string, Leaf, std::less<>> leaves;  // by verb; empty: none
  };

  // The leaf of a path, and its variables still encoded; null when there is none.
  static const Leaf* Find(const Node& node, std::string_view path,
                          std::vector<std::string_view>* values);
  static const Leaf* FindLast(const Node& node, std::string_view segment,
                              std::vector<std::string_view>* values);

  Node root_;
  std::vector<Offered> offered_;
};

}  // namespace whence::http
