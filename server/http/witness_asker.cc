#include "http/witness_asker.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/time/clock.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "base/text.h"
#include "service/house.h"
#include "tlog/encoding.h"
#include "tlog/witness.h"
#include "web/client.h"

namespace whence::http {
namespace {

constexpr int kOk = 200;
constexpr int kConflict = 409;

// What a witness says of itself in an error, for the operator.
std::string Said(const web::Answer& answer) {
  const std::string_view line(answer.body.data(),
                              std::min(answer.body.find('\n'), answer.body.size()));
  return line.empty() ? StrCat("it answered ", answer.status)
                      : StrCat("it answered ", answer.status, ": ", QuoteForMessage(line));
}

// The head, with what witnesses have signed under it in earlier rounds.
absl::StatusOr<tlog::Note> WithCosignatures(const ledger::SignedCheckpoint& head,
                                            const std::vector<ledger::Witness>& witnesses,
                                            const std::vector<ledger::WitnessState>& states) {
  WHENCE_ASSIGN_OR_RETURN(tlog::Note note, tlog::Note::Parse(head.note));
  for (size_t i = 0; i < witnesses.size(); ++i) {
    const std::optional<ledger::SignedCheckpoint>& cosigned = states[i].cosigned;
    if (!cosigned.has_value() || cosigned->size != head.size) continue;
    WHENCE_ASSIGN_OR_RETURN(const tlog::Note earlier, tlog::Note::Parse(cosigned->note));
    std::string lines;
    for (const auto& signature : earlier.signatures()) {
      StrAppend(&lines, tlog::FormatNoteSignature(signature), "\n");
    }
    WHENCE_RETURN_IF_ERROR(tlog::AddCosignatures(lines, {&witnesses[i].key, 1}, &note).status());
  }
  return note;
}

}  // namespace

WitnessAsker::WitnessAsker(service::House* house, std::string authorities, absl::Duration interval,
                           absl::Duration timeout)
    : house_(*house), authorities_(std::move(authorities)), interval_(interval), timeout_(timeout) {
  if (house_.log().witness_book().witnesses().empty()) return;
  thread_ = std::thread([this] { Run(); });
}

WitnessAsker::~WitnessAsker() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  stopped_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void WitnessAsker::Run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    lock.unlock();
    AskAll();
    lock.lock();
    stopped_.wait_for(lock, absl::ToChronoNanoseconds(interval_), [this] { return stopping_; });
  }
}

void WitnessAsker::AskAll() {
  ledger::WitnessBook& book = house_.log().witness_book();
  const std::optional<ledger::SignedCheckpoint> head = house_.log().LatestCheckpoint();
  if (!head.has_value() || head->size == 0) return;
  const std::vector<ledger::Witness> witnesses = book.witnesses();
  const std::vector<ledger::WitnessState> states = book.states();
  absl::StatusOr<tlog::Note> note = WithCosignatures(*head, witnesses, states);
  if (!note.ok()) return;
  for (size_t i = 0; i < witnesses.size(); ++i) {
    const uint64_t old_size = states[i].cosigned.has_value() ? states[i].cosigned->size : 0;
    Patience& patience = patience_[i];
    if (old_size >= head->size || absl::Now() < patience.until) continue;
    absl::Status asked = Ask(witnesses[i], old_size, *head, &*note);
    if (asked.ok()) {
      // All signatures so far: a reader may want several.
      ledger::SignedCheckpoint cosigned = *head;
      cosigned.note = note->ToText();
      asked = house_.writer().RunAndWait(
          [&](sql::WriteContext& context) { return book.Store(context, i, cosigned); });
    }
    if (asked.ok()) {
      patience = Patience();
      continue;
    }
    book.NoteProblem(i, std::string(asked.message()));
    patience.until = absl::Now() + patience.next;
    patience.next = std::min(2 * patience.next, kMaxWitnessPause);
  }
}

absl::StatusOr<std::string> WitnessAsker::Question(uint64_t old_size,
                                                   const ledger::SignedCheckpoint& head) {
  tlog::AddCheckpoint question{.old_size = old_size, .proof = {}, .checkpoint = head.note};
  if (old_size > 0 && old_size < head.size) {
    WHENCE_ASSIGN_OR_RETURN(const sql::Lease lease, house_.readers().Acquire());
    WHENCE_ASSIGN_OR_RETURN(question.proof,
                            house_.log().ConsistencyProof(lease.connection(), old_size, head.size));
  }
  return tlog::FormatAddCheckpoint(question);
}

absl::Status WitnessAsker::Ask(const ledger::Witness& witness, uint64_t old_size,
                               const ledger::SignedCheckpoint& head, tlog::Note* note) {
  const std::optional<web::Url> url = web::ParseUrl(witness.url);
  if (!url.has_value()) return absl::InvalidArgumentError("its URL is none");
  web::Client client(
      *url,
      {.authorities = authorities_, .timeout = timeout_, .max_bytes = kMaxWitnessAnswerBytes});
  const std::string base = url->target == "/" ? "" : url->target;
  // A second time, when it tells what it has cosigned last.
  for (int tries = 0;; ++tries) {
    WHENCE_ASSIGN_OR_RETURN(std::string question, Question(old_size, head));
    WHENCE_ASSIGN_OR_RETURN(const web::Answer answer,
                            client.Ask({.method = "POST",
                                        .target = StrCat(base, "/add-checkpoint"),
                                        .headers = {{"content-type", "text/plain; charset=utf-8"}},
                                        .body = std::move(question)}));
    if (answer.status == kOk) {
      WHENCE_ASSIGN_OR_RETURN(const size_t count,
                              tlog::AddCosignatures(answer.body, {&witness.key, 1}, note));
      if (count > 0) return absl::OkStatus();
      return absl::UnavailableError("it answered without a signature of its key");
    }
    if (answer.status != kConflict || tries > 0) return absl::UnavailableError(Said(answer));
    std::string_view text = answer.body;
    if (text.ends_with('\n')) text.remove_suffix(1);
    const std::optional<uint64_t> size = tlog::ParseDecimal(text);
    if (!size.has_value()) return absl::UnavailableError(Said(answer));
    if (*size > head.size) {
      return absl::UnavailableError(StrCat("it has cosigned a ledger of this name with ", *size,
                                           " entries, and this one has ", head.size,
                                           ": an older copy, or another history"));
    }
    old_size = *size;
  }
}

}  // namespace whence::http
