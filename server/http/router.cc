#include "http/router.h"

#include <utility>

#include "base/assert.h"
#include "base/error.h"
#include "base/strings.h"
#include "base/text.h"
#include "http/wire.h"

namespace whence::http {
namespace {

// Takes the first segment off a path that begins with a slash.
std::string_view TakeSegment(std::string_view* path) {
  path->remove_prefix(1);
  const std::string_view segment = path->substr(0, path->find('/'));
  path->remove_prefix(segment.size());
  return segment;
}

Response NotFound(const Request& request) {
  return ErrorResponse(whence::NotFound("ROUTE_NOT_FOUND",
                                        StrCat("there is no ", QuoteForMessage(request.path)),
                                        "see /openapi.json for all paths"));
}

template <class Methods>
Response MethodNotAllowed(const Request& request, const Methods& methods) {
  std::string allow;
  for (const auto& [method, offer] : methods) {
    StrAppend(&allow, allow.empty() ? "" : ", ", method);
    if (method == "GET") StrAppend(&allow, ", HEAD");
  }
  Response response =
      ErrorResponse(MakeError(absl::StatusCode::kUnimplemented,
                              StrCat(QuoteForMessage(request.path), " cannot be asked with ",
                                     QuoteForMessage(request.method)),
                              {.reason = "METHOD_NOT_ALLOWED",
                               .field = {},
                               .hint = StrCat("use one of ", allow),
                               .metadata = {}}),
                    405);
  response.headers.push_back({.name = "allow", .value = allow});
  return response;
}

}  // namespace

void Router::Add(std::string_view method, std::string_view path, Handler handler) {
  offered_.push_back({std::string(method), std::string(path)});
  Node* node = &root_;
  std::string_view verb;
  std::vector<std::string> names;
  while (!path.empty()) {
    WHENCE_ASSERT(path.front() == '/');
    const std::string_view segment = TakeSegment(&path);
    if (!segment.starts_with('{')) {
      std::unique_ptr<Node>& next = node->words[std::string(segment)];
      if (next == nullptr) next = std::make_unique<Node>();
      node = next.get();
      continue;
    }
    const size_t end = segment.find('}');
    WHENCE_ASSERT(end != std::string_view::npos);
    names.emplace_back(segment.substr(1, end - 1));
    verb = segment.substr(end + 1);
    WHENCE_ASSERT(verb.empty() || (path.empty() && verb.front() == ':'));
    if (node->variable == nullptr) node->variable = std::make_unique<Node>();
    node = node->variable.get();
  }
  if (!verb.empty()) verb.remove_prefix(1);
  Leaf& leaf = node->leaves[std::string(verb)];
  const bool added =
      leaf.emplace(std::string(method), Offer{std::move(names), std::move(handler)}).second;
  WHENCE_ASSERT(added);
}

const Router::Leaf* Router::FindLast(const Node& node, std::string_view segment,
                                     std::vector<std::string_view>* values) {
  if (const auto word = node.words.find(segment); word != node.words.end()) {
    const auto leaf = word->second->leaves.find("");
    if (leaf != word->second->leaves.end()) return &leaf->second;
  }
  if (node.variable == nullptr || segment.empty()) return nullptr;
  const auto& leaves = node.variable->leaves;
  if (const size_t colon = segment.rfind(':'); colon != std::string_view::npos && colon > 0) {
    const auto leaf = leaves.find(segment.substr(colon + 1));
    if (leaf != leaves.end() && !leaf->first.empty()) {
      values->push_back(segment.substr(0, colon));
      return &leaf->second;
    }
  }
  const auto leaf = leaves.find("");
  if (leaf == leaves.end()) return nullptr;
  values->push_back(segment);
  return &leaf->second;
}

const Router::Leaf* Router::Find(const Node& node, std::string_view path,
                                 std::vector<std::string_view>* values) {
  if (path.empty() || path.front() != '/') return nullptr;
  const std::string_view segment = TakeSegment(&path);
  if (path.empty()) return FindLast(node, segment, values);
  if (const auto word = node.words.find(segment); word != node.words.end()) {
    if (const Leaf* leaf = Find(*word->second, path, values); leaf != nullptr) return leaf;
  }
  if (node.variable == nullptr || segment.empty()) return nullptr;
  values->push_back(segment);
  const Leaf* leaf = Find(*node.variable, path, values);
  if (leaf == nullptr) values->pop_back();
  return leaf;
}

void Router::Serve(const std::shared_ptr<Exchange>& exchange) const {
  const Request& request = exchange->request();
  std::vector<std::string_view> encoded;
  const Leaf* leaf = Find(root_, request.path, &encoded);
  if (leaf == nullptr) {
    exchange->Answer(NotFound(request));
    return;
  }
  auto offer = leaf->find(request.method);
  if (offer == leaf->end() && request.method == "HEAD") offer = leaf->find("GET");
  if (offer == leaf->end()) {
    exchange->Answer(MethodNotAllowed(request, *leaf));
    return;
  }
  const auto& [names, handler] = offer->second;
  PathValues values;
  for (size_t i = 0; i < encoded.size(); ++i) {
    values.emplace_back(names[i], "");
    if (!DecodeUrl(encoded[i], /*plus_is_space=*/false, &values.back().second)) {
      exchange->Answer(ErrorResponse(InvalidArgument(
          "URL_MALFORMED", names[i],
          StrCat("the path has a broken percent-encoding: ", QuoteForMessage(encoded[i])),
          "encode each byte as % and two hexadecimal digits, a "
          "percent sign as %25")));
      return;
    }
  }
  handler(exchange, values);
}

}  // namespace whence::http
