#include "http/trino.h"

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/strings.h"
#include "http/dialect.h"
#include "http/json_writer.h"
#include "http/trino_data.h"
#include "http/trino_operations.h"
#include "http/trino_request.h"
#include "http/trino_verdicts.h"
#include "http/wire.h"

namespace whence::http {
namespace {

using SharedRequest = std::shared_ptr<const TrinoRequest>;
using Verdicts = absl::StatusOr<std::vector<bool>>;

void AnswerResult(const Dialect& dialect, std::string_view json) {
  dialect.exchange->Answer(JsonResponse(StrCat(R"({"result":)", json, "}")));
}

void AnswerIndices(const Dialect& dialect, const std::vector<bool>& allowed) {
  JsonWriter json;
  json.BeginArray();
  for (size_t i = 0; i < allowed.size(); ++i) {
    if (allowed[i]) json.Number(static_cast<int64_t>(i));
  }
  json.EndArray();
  AnswerResult(dialect, json.Take());
}

// One operation on one resource.
void ServeAllow(const Dialect& dialect, const SharedRequest& request) {
  const TrinoOperation* const operation = FindTrinoOperation(request->operation);
  if (operation == nullptr) {
    AnswerResult(dialect, "false");
    return;
  }
  std::vector<TrinoItem> items = TrinoItems(*operation, *request, request->resource);
  DecideTrinoItems(dialect, FindTrinoAsker(dialect, *request), std::move(items),
                   [dialect](const Verdicts& allowed) {
                     if (!allowed.ok()) {
                       dialect.exchange->Answer(ErrorResponse(allowed.status()));
                       return;
                     }
                     const bool all =
                         std::find(allowed->begin(), allowed->end(), false) == allowed->end();
                     AnswerResult(dialect, all ? "true" : "false");
                   });
}

// Items of which each is one index of the answer.
void AnswerItems(const Dialect& dialect, const TrinoAsker& asker, std::vector<TrinoItem> items) {
  DecideTrinoItems(dialect, asker, std::move(items), [dialect](const Verdicts& allowed) {
    if (allowed.ok()) {
      AnswerIndices(dialect, *allowed);
    } else {
      dialect.exchange->Answer(ErrorResponse(allowed.status()));
    }
  });
}

// The columns of one table. Mostly somebody may read all of them: that is asked first. Trino's own
// tables are shown as a whole.
void FilterColumns(const Dialect& dialect, const SharedRequest& request, TrinoItem table) {
  TrinoAsker asker = FindTrinoAsker(dialect, *request);
  TrinoItem whole = table;
  const bool by_column = table.must == TrinoItem::Must::kBeTable;
  if (by_column) whole.any = whole.any.first(1);
  DecideTrinoItems(
      dialect, asker, {std::move(whole)},
      [dialect, request, asker, by_column, table = std::move(table)](const Verdicts& allowed) {
        const auto& columns = request->filter.front().columns;
        if (!allowed.ok()) {
          dialect.exchange->Answer(ErrorResponse(allowed.status()));
          return;
        }
        if (allowed->front() || !by_column) {
          AnswerIndices(dialect, std::vector<bool>(columns.size(), allowed->front()));
          return;
        }
        std::vector<TrinoItem> items;
        items.reserve(columns.size());
        for (const std::string_view column : columns) {
          items.push_back(TrinoColumnItem(table, column));
        }
        AnswerItems(dialect, asker, std::move(items));
      });
}

// One operation on many resources: the answer has the indices of those that are allowed.
void ServeBatch(const Dialect& dialect, const SharedRequest& request) {
  if (absl::Status batch = CheckHasFilter(*request); !batch.ok()) {
    dialect.exchange->Answer(ErrorResponse(batch));
    return;
  }
  const TrinoOperation* const operation = FindTrinoOperation(request->operation);
  if (operation == nullptr || !operation->name.starts_with("Filter")) {
    AnswerResult(dialect, "[]");
    return;
  }
  std::vector<TrinoItem> items;
  items.reserve(request->filter.size());
  for (const TrinoResource& resource : request->filter) {
    items.push_back(TrinoItems(*operation, *request, resource).front());
  }
  const bool columns = operation->on == TrinoOn::kEachColumn && items.size() == 1;
  if (columns && items.front().verdict != TrinoItem::Verdict::kDenied) {
    FilterColumns(dialect, request, std::move(items.front()));
  } else if (columns) {
    AnswerResult(dialect, "[]");
  } else {
    AnswerItems(dialect, FindTrinoAsker(dialect, *request), std::move(items));
  }
}

// Lets through what asks for one thing only.
template <void (*kServe)(const Dialect&, const SharedRequest&)>
void OnlyFor(const Dialect& dialect, const SharedRequest& request, std::string_view operation) {
  if (request->operation == operation) {
    kServe(dialect, request);
    return;
  }
  dialect.exchange->Answer(ErrorResponse(InvalidArgument(
      "REQUEST_UNREADABLE", "", StrCat("this path is for the operation ", operation),
      "give each of the plugin's settings the path that docs/trino.md names for it")));
}
void ServeRowFilters(const Dialect& dialect, const SharedRequest& request) {
  OnlyFor<AnswerTrinoRowFilters>(dialect, request, "GetRowFilters");
}
void ServeColumnMask(const Dialect& dialect, const SharedRequest& request) {
  OnlyFor<AnswerTrinoColumnMask>(dialect, request, "GetColumnMask");
}
void ServeColumnMasks(const Dialect& dialect, const SharedRequest& request) {
  OnlyFor<AnswerTrinoColumnMasks>(dialect, request, "GetColumnMask");
}

template <void (*kServe)(const Dialect&, const SharedRequest&)>
void Add(std::string_view path, service::Corridor* corridor, Router* router) {
  router->Add(
      "POST", path, [corridor](const std::shared_ptr<Exchange>& exchange, const PathValues&) {
        const Dialect dialect{.corridor = corridor, .exchange = exchange, .door = "trino"};
        // Also what needs no decision is for those who may call.
        if (absl::Status known = corridor->Authenticate(exchange->Info(dialect.door), "Trino");
            !known.ok()) {
          exchange->Answer(ErrorResponse(known));
          return;
        }
        if (absl::Status body = CheckJsonBody(dialect.request()); !body.ok()) {
          exchange->Answer(BindErrorResponse(body));
          return;
        }
        // It looks into the exchange's body, which the dialect keeps as long.
        absl::StatusOr<TrinoRequest> request = ReadTrinoRequest(dialect.request().body);
        if (!request.ok()) {
          exchange->Answer(ErrorResponse(request.status()));
          return;
        }
        kServe(dialect, std::make_shared<const TrinoRequest>(*std::move(request)));
      });
}

}  // namespace

void AddTrinoRoutes(service::Corridor* corridor, Router* router) {
  Add<ServeAllow>("/v1/trino/allow", corridor, router);
  Add<ServeBatch>("/v1/trino/batch", corridor, router);
  Add<ServeRowFilters>("/v1/trino/row-filters", corridor, router);
  Add<ServeColumnMask>("/v1/trino/column-masking", corridor, router);
  Add<ServeColumnMasks>("/v1/trino/batch-column-masking", corridor, router);
}

}  // namespace whence::http
