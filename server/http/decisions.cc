#include "http/decisions.h"

#include <algorithm>
#include <iterator>
#include <memory>
#include <string>
#include <utility>

#include "base/error.h"
#include "base/limits.h"
#include "base/strings.h"

namespace whence::http {
namespace {

// The no that an error about the question itself is, as DecideBatch has it.
absl::StatusOr<v1::Decision> DecisionOf(absl::StatusOr<v1::Decision> answer,
                                        const v1::DecideRequest& question) {
  if (answer.ok()) return answer;
  const absl::Status& status = answer.status();
  const bool about_question = absl::IsInvalidArgument(status) || absl::IsNotFound(status) ||
                              absl::IsFailedPrecondition(status);
  if (!about_question) return answer;
  v1::Decision decision;
  decision.set_principal(question.principal());
  decision.set_privilege(question.privilege());
  *decision.mutable_securable() = question.securable();
  decision.set_error(GetErrorDetail(status).reason);
  decision.set_reason(std::string(ToStd(status.message())));
  if (decision.error() == "MASK_CONFLICT") {
    decision.set_outcome(v1::ACCESS_OUTCOME_DENIED_BY_POLICY);
  }
  return decision;
}

// Purpose: the batches of one list of questions, one after the other. Ownership: shared by what
// waits. Thread-safety: one thread at a time.
struct Batches : std::enable_shared_from_this<Batches> {
  Dialect dialect;
  size_t count = 0;
  QuestionAt question;
  std::vector<v1::Decision> decisions;
  Decided then;

  void Next() {
    if (decisions.size() == count) {
      then(std::move(decisions));
      return;
    }
    v1::DecideBatchRequest batch;
    const size_t end = std::min(count, decisions.size() + kMaxDecideQuestions);
    size_t bytes = 0;
    for (size_t i = decisions.size(); i < end && bytes < kDecideBatchBytes; ++i) {
      *batch.add_questions() = question(i);
      bytes += batch.questions(batch.questions_size() - 1).ByteSizeLong();
    }
    Ask<service::kDecideBatch>(dialect, std::move(batch),
                               [self = shared_from_this()](auto answer) { self->Take(answer); });
  }

  void Take(absl::StatusOr<v1::DecideBatchResponse>& answer) {
    if (!answer.ok()) {
      then(std::move(answer).status());
      return;
    }
    std::move(answer->mutable_decisions()->begin(), answer->mutable_decisions()->end(),
              std::back_inserter(decisions));
    Next();
  }
};

}  // namespace

void AskDecisions(const Dialect& dialect, size_t count, QuestionAt question, Decided then) {
  if (count == 1) {
    v1::DecideRequest only = question(0);
    v1::DecideRequest named;
    named.set_principal(only.principal());
    named.set_privilege(only.privilege());
    *named.mutable_securable() = only.securable();
    Ask<service::kDecide>(
        dialect, std::move(only),
        [named = std::move(named), then = std::move(then)](absl::StatusOr<v1::Decision> answer) {
          answer = DecisionOf(std::move(answer), named);
          if (!answer.ok()) {
            then(std::move(answer).status());
            return;
          }
          std::vector<v1::Decision> decisions;
          decisions.push_back(*std::move(answer));
          then(std::move(decisions));
        });
    return;
  }
  auto batches = std::make_shared<Batches>();
  batches->dialect = dialect;
  batches->count = count;
  batches->question = std::move(question);
  batches->decisions.reserve(count);
  batches->then = std::move(then);
  batches->Next();
}

void AskDecisions(const Dialect& dialect, std::vector<v1::DecideRequest> questions, Decided then) {
  const size_t count = questions.size();
  AskDecisions(
      dialect, count,
      [questions = std::move(questions)](size_t i) mutable { return std::move(questions[i]); },
      std::move(then));
}

bool MayNotAsk(const v1::Decision& decision) { return decision.error() == "PERMISSION_DENIED"; }

absl::Status MayNotAskError(const v1::Decision& decision) {
  return PermissionDenied("PERMISSION_DENIED", decision.reason(),
                          "grant BROWSE on the metastore to who asks for others");
}

}  // namespace whence::http
