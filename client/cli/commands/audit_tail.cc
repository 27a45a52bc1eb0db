// whence audit tail.

#include <algorithm>
#include <memory>
#include <optional>
#include <stop_token>
#include <vector>

#include "absl/time/clock.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "cli/commands/audit_flags.h"
#include "cli/interrupt.h"
#include "cli/records/audit.h"

namespace whence::cli {
namespace {

// Entries that are shown where nobody said where to begin.
constexpr int64_t kShown = 10;
// Between two questions of a server that does not answer: from, to. A connection that held longer
// than the latter is a new one.
constexpr absl::Duration kFirstPause = absl::Milliseconds(500);
constexpr absl::Duration kLongestPause = absl::Seconds(10);

struct TailFlags {
  std::string after;
  bool follow = false;
  EntryFilters filters;
};

// Purpose: one tail. Ownership: borrows the app and the flags. One thread.
class Tail {
 public:
  Tail(App& app, const TailFlags& flags)
      : app_(app), flags_(flags), printer_(app, "entries", EntryColumns()) {
    if (flags.follow) watch_.emplace();
  }

  absl::Status Run() {
    request_.set_follow(flags_.follow);
    WHENCE_RETURN_IF_ERROR(flags_.filters.Apply(request_));
    if (!flags_.after.empty()) {
      WHENCE_ASSIGN_OR_RETURN(after_, ParsePosition(flags_.after, "--after"));
    }
    // Also where the beginning is known: a server that cannot be reached at all is an error.
    WHENCE_ASSIGN_OR_RETURN(const v1::ServerInfo info,
                            app_.Call(kGetServerInfo, v1::GetServerInfoRequest()));
    if (flags_.after.empty()) WHENCE_RETURN_IF_ERROR(ShowNewest(info.position()));
    if (flags_.follow || !flags_.after.empty()) WHENCE_RETURN_IF_ERROR(Follow());
    printer_.End("");
    app_.Note(StrCat("everything up to position ", after_, " was looked at: go on with --after ",
                     after_));
    return absl::OkStatus();
  }

 private:
  // The last ones up to `position` that the filters let through, oldest first.
  absl::Status ShowNewest(int64_t position) {
    after_ = position;
    if (position == 0) return absl::OkStatus();
    v1::ListEntriesRequest request;
    WHENCE_RETURN_IF_ERROR(flags_.filters.Apply(request));
    request.mutable_as_of()->set_position(position);
    std::vector<v1::LedgerEntry> newest;
    do {
      request.set_page_size(static_cast<int32_t>(kShown - std::ssize(newest)));
      WHENCE_ASSIGN_OR_RETURN(v1::ListEntriesResponse page, app_.Call(kListEntries, request));
      for (v1::LedgerEntry& entry : *page.mutable_entries()) newest.push_back(std::move(entry));
      request.set_page_token(page.next_page_token());
      own_only_ = page.own_only();
    } while (!request.page_token().empty() && std::ssize(newest) < kShown);
    for (auto entry = newest.rbegin(); entry != newest.rend(); ++entry) printer_.Add(*entry);
    printer_.EndPage();
    if (own_only_) app_.Note("these are the entries of your own doing; the rest needs MANAGE");
    return absl::OkStatus();
  }

  // Until the end, or until interrupted: a connection that broke is made anew, and goes on where
  // the one before has ended.
  absl::Status Follow() {
    absl::Duration pause = kFirstPause;
    for (bool told = false;;) {
      const absl::Time begun = absl::Now();
      const int64_t from = after_;
      absl::Status ended = Read();
      if (watch_.has_value() && watch_->interrupted()) return absl::OkStatus();
      if (!flags_.follow || !(ended.ok() || absl::IsUnavailable(ended))) return ended;
      if (after_ > from || absl::Now() - begun > kLongestPause) {
        pause = kFirstPause;
        told = false;
      }
      if (!told) {
        app_.Note(StrCat("the connection broke; going on behind position ", after_,
                         " when the server answers"));
        told = true;
      }
      watch_->Sleep(pause);
      if (watch_->interrupted()) return absl::OkStatus();
      pause = std::min(2 * pause, kLongestPause);
    }
  }

  absl::Status Read() {
    request_.set_after(after_);
    WHENCE_ASSIGN_OR_RETURN(Connection * connection, app_.connection());
    return connection->ReadEntries(
        request_,
        [this](const v1::StreamEntriesResponse& page) {
          for (const v1::LedgerEntry& entry : page.entries()) {
            if (IsWanted(entry)) printer_.Add(entry);
          }
          printer_.EndPage();
          after_ = page.position();
          return absl::OkStatus();
        },
        watch_.has_value() ? watch_->token() : std::stop_token());
  }

  // What the stream itself does not look at.
  bool IsWanted(const v1::LedgerEntry& entry) const {
    const EntryFilters& filters = flags_.filters;
    return (filters.via.empty() || entry.via() == filters.via) &&
           (filters.outcome.empty() || entry.outcome() == filters.outcome);
  }

  App& app_;
  const TailFlags& flags_;
  std::optional<InterruptWatch> watch_;  // before the connection is made
  ListPrinter<v1::LedgerEntry> printer_;
  v1::StreamEntriesRequest request_;
  int64_t after_ = 0;  // everything up to here was looked at
  bool own_only_ = false;
};

}  // namespace

void AddTailCommand(CommandTree& tree, CLI::App* group) {
  Command& command = tree.Verb(group, "tail", "Entries in their order, and those to come");
  auto flags = std::make_shared<TailFlags>();
  command.Formats(kListFormats)
      .About(
          "Without --after the newest ten are shown that the filters let through. With -f it goes "
          "on until interrupted, also when the server was away for a while. At the end it says "
          "where another call goes on.")
      .Example("whence audit tail -f --kind denied")
      .Example("whence audit tail --after 3977 -o jsonl", "goes on where another call has ended");
  command.Flag(flags->after, "--after", "POSITION",
               "Begin behind it; without it the newest ten are shown");
  command.Switch(flags->follow, "-f,--follow", "Go on with what is to come, until interrupted");
  flags->filters.AddTo(command);
  command.Does([flags](App& app) { return Tail(app, *flags).Run(); });
}

}  // namespace whence::cli
