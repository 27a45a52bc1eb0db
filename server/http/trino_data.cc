#include "http/trino_data.h"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "base/error.h"
#include "base/strings.h"
#include "http/decisions.h"
#include "http/json_writer.h"
#include "http/trino_operations.h"
#include "http/trino_verdicts.h"
#include "http/wire.h"
#include "service/catalog_operations.h"
#include "service/detail_columns.h"

namespace whence::http {
namespace {

using access::Privilege;
using Decisions = absl::StatusOr<std::vector<v1::Decision>>;

constexpr std::string_view kNoRows = "false";
constexpr std::string_view kNoValue = "NULL";

bool DeniedByPolicy(const v1::Decision& decision) {
  return decision.outcome() == v1::ACCESS_OUTCOME_DENIED_BY_POLICY;
}

// Whether nothing was granted. An error about the question (a column with a name that cannot be) is
// something else: it says nothing of what there is to hide.
bool NotGranted(const v1::Decision& decision) {
  return !decision.allowed() && decision.error().empty() && !DeniedByPolicy(decision);
}

// What both kinds of questions have in common. Ownership: shared by what waits. Thread-safety: one
// thread at a time.
struct DataQuestion : std::enable_shared_from_this<DataQuestion> {
  Dialect dialect;
  std::shared_ptr<const TrinoRequest> request;
  TrinoAsker asker;
  v1::Securable table;

  virtual ~DataQuestion() = default;
  // What is shown when nothing may be.
  virtual void AnswerNothing() = 0;
  // What is shown when nothing is held back.
  virtual void AnswerEverything() = 0;

  bool Open(const Dialect& opened, std::shared_ptr<const TrinoRequest> asked,
            const TrinoResource& resource) {
    dialect = opened;
    request = std::move(asked);
    if (resource.catalog.empty() || resource.schema.empty() || resource.table.empty()) {
      Fail(InvalidArgument("REQUEST_UNREADABLE", "", "the request names no table",
                           "send what Trino's OPA plugin sends; see docs/trino.md"));
      return false;
    }
    asker = FindTrinoAsker(dialect, *request);
    table = TrinoTable(resource);
    return true;
  }
  void Fail(const absl::Status& status) { dialect.exchange->Answer(ErrorResponse(status)); }

  // About the column, or the whole table.
  v1::DecideRequest Question(Privilege privilege, std::string_view column = {}) const {
    v1::DecideRequest question = TrinoQuestion(asker, table, privilege);
    question.set_dialect(v1::SQL_DIALECT_TRINO);
    if (!column.empty()) question.add_columns(std::string(column));
    return question;
  }

  // Asks, and lets through only what is a decision. `question` may look into this, which lives as
  // long.
  void Decide(size_t count, QuestionAt question,
              std::function<void(std::vector<v1::Decision>)> then) {
    AskDecisions(dialect, count, std::move(question),
                 [self = shared_from_this(), then = std::move(then)](Decisions decisions) {
                   if (!decisions.ok()) {
                     self->Fail(decisions.status());
                     return;
                   }
                   for (const v1::Decision& decision : *decisions) {
                     if (!MayNotAsk(decision)) continue;
                     self->Fail(MayNotAskError(decision));
                     return;
                   }
                   then(*std::move(decisions));
                 });
  }

  // For who has no grant to read. Trino asks for filters and masks also of tables that it writes,
  // and refuses to write where there are any: who may write and not read is shown none, for Trino
  // lets nobody read without SelectFromColumns.
  void AskForWriting() {
    Decide(
        1, [this](size_t) { return Question(Privilege::kModify); },
        [self = shared_from_this()](const std::vector<v1::Decision>& decisions) {
          if (decisions[0].allowed()) {
            self->AnswerEverything();
          } else {
            self->AnswerNothing();
          }
        });
  }
};

struct RowFilterQuestion final : DataQuestion {
  void Answer(const std::vector<std::string_view>& expressions) {
    JsonWriter json;
    json.BeginObject().Key("result").BeginArray();
    for (const std::string_view expression : expressions) {
      json.BeginObject().Member("expression", expression).EndObject();
    }
    json.EndArray().EndObject();
    dialect.exchange->Answer(JsonResponse(json.Take()));
  }
  void AnswerNothing() override { Answer({kNoRows}); }
  void AnswerEverything() override { Answer({}); }
  void AnswerFilters(const v1::Decision& decision) {
    std::vector<std::string_view> expressions;
    for (const v1::DecidedFilter& filter : decision.filters()) {
      expressions.push_back(filter.sql().empty() ? kNoRows : std::string_view(filter.sql()));
    }
    Answer(expressions);
  }

  void Ask() {
    Decide(
        1, [this](size_t) { return Question(Privilege::kSelect); },
        [this, self = shared_from_this()](const std::vector<v1::Decision>& decisions) {
          if (decisions[0].allowed()) {
            AnswerFilters(decisions[0]);
          } else if (NotGranted(decisions[0])) {
            AskForWriting();
          } else if (DeniedByPolicy(decisions[0])) {
            AskByColumn();
          } else {
            AnswerNothing();
          }
        });
  }

  // Somebody who may not read one of the columns sees the rows of the others.
  void AskByColumn() {
    v1::GetAssetRequest get;
    get.set_name(table.name());
    ::whence::http::Ask<service::kGetAsset>(
        dialect, std::move(get),
        [this, self = shared_from_this()](absl::StatusOr<v1::Asset> asset) {
          std::vector<std::string> columns;
          if (asset.ok()) columns = service::ColumnNames(asset->detail());
          if (columns.empty()) {
            AnswerNothing();
            return;
          }
          const size_t count = columns.size();
          const auto question = [this, columns = std::move(columns)](size_t i) {
            return Question(Privilege::kSelect, columns[i]);
          };
          Decide(count, question, [this, self](const std::vector<v1::Decision>& decisions) {
            for (const v1::Decision& decision : decisions) {
              if (!decision.allowed()) continue;
              AnswerFilters(decision);
              return;
            }
            AnswerNothing();
          });
        });
  }
};

struct MaskQuestion final : DataQuestion {
  std::vector<std::string_view> columns;  // by their index in the request
  // Of each. Trino takes a mask only of the very type that it has for the column itself, and
  // Whence may know it as another engine calls it.
  std::vector<std::string_view> types;
  std::vector<std::string> masks;  // of each; empty: none
  bool many = false;               // the answer is a list

  void Answer() {
    JsonWriter json;
    json.BeginObject().Key("result");
    if (many) json.BeginArray();
    bool any = false;
    for (size_t i = 0; i < masks.size(); ++i) {
      if (masks[i].empty()) continue;
      any = true;
      if (many)
        json.BeginObject().Key("index").Number(static_cast<int64_t>(i)).Key("viewExpression");
      json.BeginObject().Member("expression", masks[i]).EndObject();
      if (many) json.EndObject();
    }
    if (many) json.EndArray();
    if (!many && !any) json.Raw("null");
    json.EndObject();
    dialect.exchange->Answer(JsonResponse(json.Take()));
  }
  void AnswerNothing() override {
    masks.assign(columns.size(), std::string(kNoValue));
    Answer();
  }
  void AnswerEverything() override {
    masks.assign(columns.size(), "");
    Answer();
  }

  // Several masks for one name, of columns that differ in case alone, leave open which one is
  // meant.
  void PutMask(size_t i, std::string_view sql) {
    if (sql.empty()) sql = kNoValue;
    if (masks[i].empty()) {
      masks[i] = std::string(sql);
    } else if (masks[i] != sql) {
      masks[i] = std::string(kNoValue);
    }
  }

  void Ask() {
    const auto all = [this](size_t) {
      v1::DecideRequest question = Question(Privilege::kSelect);
      question.mutable_columns()->Assign(columns.begin(), columns.end());
      question.mutable_column_types()->Assign(types.begin(), types.end());
      return question;
    };
    Decide(1, all, [this, self = shared_from_this()](const std::vector<v1::Decision>& decisions) {
      Take(decisions[0]);
    });
  }

  void Take(const v1::Decision& decision) {
    if (decision.allowed()) {
      PutMasks(decision);
      Answer();
    } else if (NotGranted(decision)) {
      AskForWriting();
    } else if (columns.size() > 1) {
      AskByColumn();
    } else {
      AnswerNothing();
    }
  }

  // Masks come in the order in which the columns were asked for, mostly one a name.
  void PutMasks(const v1::Decision& decision) {
    size_t next = 0;
    for (const v1::ColumnMask& mask : decision.masks()) {
      const auto is_it = [&](size_t i) {
        return absl::EqualsIgnoreCase(ToAbsl(columns[i]), mask.column());
      };
      size_t looked_at = 0;
      while (looked_at < columns.size() && !is_it(next)) {
        next = (next + 1) % columns.size();
        ++looked_at;
      }
      if (looked_at == columns.size()) continue;
      PutMask(next, mask.sql());
      next = (next + 1) % columns.size();
    }
  }

  // A column that may not be read, that cannot be asked about, or on which masks disagree, is shown
  // as nothing; the others as they are.
  void AskByColumn() {
    const auto one = [this](size_t i) {
      v1::DecideRequest question = Question(Privilege::kSelect, columns[i]);
      question.add_column_types(std::string(types[i]));
      return question;
    };
    Decide(columns.size(), one,
           [this, self = shared_from_this()](const std::vector<v1::Decision>& decisions) {
             for (size_t i = 0; i < decisions.size(); ++i) {
               if (!decisions[i].allowed()) PutMask(i, kNoValue);
               for (const v1::ColumnMask& mask : decisions[i].masks()) PutMask(i, mask.sql());
             }
             Answer();
           });
  }
};

bool IsColumnOf(const TrinoResource& resource, const TrinoResource& first) {
  return resource.catalog == first.catalog && resource.schema == first.schema &&
         resource.table == first.table && !resource.column.empty();
}

}  // namespace

void AnswerTrinoRowFilters(const Dialect& dialect,
                           const std::shared_ptr<const TrinoRequest>& request) {
  auto question = std::make_shared<RowFilterQuestion>();
  const TrinoResource& resource = request->resource;
  if (!question->Open(dialect, request, resource)) return;
  if (IsTrinoOwn(resource)) {
    question->AnswerEverything();
  } else {
    question->Ask();
  }
}

namespace {

void AnswerMasks(const Dialect& dialect, const std::shared_ptr<const TrinoRequest>& request,
                 std::span<const TrinoResource> resources, bool many) {
  auto question = std::make_shared<MaskQuestion>();
  question->many = many;
  if (resources.empty()) {
    question->dialect = dialect;
    question->Answer();
    return;
  }
  const TrinoResource& first = resources.front();
  if (!question->Open(dialect, request, first)) return;
  question->columns.reserve(resources.size());
  question->types.reserve(resources.size());
  for (const TrinoResource& resource : resources) {
    if (!IsColumnOf(resource, first)) {
      question->Fail(InvalidArgument("REQUEST_UNREADABLE", "",
                                     "the request should name columns of one table",
                                     "send what Trino's OPA plugin sends; see docs/trino.md"));
      return;
    }
    question->columns.push_back(resource.column);
    question->types.push_back(resource.column_type);
  }
  question->masks.resize(resources.size());
  if (IsTrinoOwn(first)) {
    question->AnswerEverything();
  } else {
    question->Ask();
  }
}

}  // namespace

void AnswerTrinoColumnMask(const Dialect& dialect,
                           const std::shared_ptr<const TrinoRequest>& request) {
  const std::span<const TrinoResource> one(&request->resource, 1);
  AnswerMasks(dialect, request, one, /*many=*/false);
}

void AnswerTrinoColumnMasks(const Dialect& dialect,
                            const std::shared_ptr<const TrinoRequest>& request) {
  if (absl::Status batch = CheckHasFilter(*request); !batch.ok()) {
    dialect.exchange->Answer(ErrorResponse(batch));
    return;
  }
  const std::span<const TrinoResource> all(request->filter);
  AnswerMasks(dialect, request, all, /*many=*/true);
}

}  // namespace whence::http
