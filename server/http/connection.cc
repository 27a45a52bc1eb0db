#include "http/connection.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "base/assert.h"
#include "base/error.h"
#include "base/strings.h"
#include "http/response_head.h"
#include "http/wire.h"

namespace whence::http {
namespace {

// Deadlines are looked at so often.
constexpr absl::Duration kTick = absl::Seconds(1);
// Room for bodies is taken in pieces of so many bytes.
constexpr size_t kIncomingStep = size_t{64} << 10;

absl::Duration TickOf(const ConnectionLimits& limits) {
  const absl::Duration shortest = std::min({limits.handshake_time, limits.idle, limits.header_time,
                                            limits.body_grace, limits.reply_grace, limits.linger});
  return std::clamp(shortest / 4, absl::Milliseconds(1), kTick);
}

absl::Duration TimeFor(absl::Duration grace, size_t bytes_per_second, uint64_t bytes) {
  return grace + absl::Seconds(static_cast<double>(bytes) / static_cast<double>(bytes_per_second));
}

}  // namespace

// The exchange of a connection: keeps it until it is answered.
class Connection::OwnExchange final : public Exchange {
 public:
  OwnExchange(Request request, std::shared_ptr<Connection> connection)
      : Exchange(std::move(request), connection->peer_), connection_(std::move(connection)) {}

  void Answer(Response response) override {
    connection_->transport_->Dispatch(
        [connection = connection_, response = std::move(response)]() mutable {
          connection->Send(std::move(response));
        });
  }
  void Run(absl::AnyInvocable<void()> task) override {
    connection_->transport_->Post(std::move(task));
  }

 private:
  const std::shared_ptr<Connection> connection_;
};

std::shared_ptr<Connection> Connection::Open(std::unique_ptr<Transport> transport,
                                             ConnectionHall* hall) {
  std::shared_ptr<Connection> connection;
  {
    const std::lock_guard lock(hall->mutex);
    if (hall->present.size() >= hall->limits.max_connections) {
      ++hall->refused;
      return nullptr;
    }
    connection.reset(new Connection(std::move(transport), hall));
    hall->present.emplace(connection.get(), connection);
  }
  ++hall->accepted;
  connection->transport_->Post([connection] { connection->Start(); });
  return connection;
}

Connection::Connection(std::unique_ptr<Transport> transport, ConnectionHall* hall)
    : hall_(hall),
      transport_(std::move(transport)),
      tick_(TickOf(hall->limits)),
      chunk_(std::make_unique<std::array<char, size_t{8} << 10>>()) {}

Connection::~Connection() {
  transport_.reset();  // the loop may be gone as soon as the hall is empty
  LeaveIncoming();
  if (reply_bytes_ > 0) hall_->replies.GiveBack(reply_bytes_);
  const std::lock_guard lock(hall_->mutex);
  hall_->present.erase(this);
  hall_->left.notify_all();  // under the lock: the hall may be gone soon after it
}

void Connection::Drain() {
  transport_->Post([self = shared_from_this()] {
    if (self->state_ == State::kIdle || self->state_ == State::kOpening) self->Close();
  });
}

void Connection::Abort() {
  transport_->Post([self = shared_from_this()] { self->Close(); });
}

void Connection::Start() {
  if (state_ == State::kClosed) return;
  SetDeadline(hall_->limits.handshake_time);
  ArmTimer();
  transport_->Open([self = shared_from_this()](Outcome outcome, size_t) {
    if (outcome != Outcome::kOk) {
      self->Close();
    } else if (self->state_ != State::kClosed) {
      self->peer_ = self->transport_->PeerNames();
      self->AwaitRequest();
    }
  });
}

void Connection::SetDeadline(absl::Duration time) {
  deadline_ = Clock::now() + absl::ToChronoNanoseconds(time);
}

// Looks at the deadline again and again instead of being set anew for each request.
void Connection::ArmTimer() {
  transport_->Wait(tick_, [weak = weak_from_this()] {
    if (const std::shared_ptr<Connection> self = weak.lock()) self->OnTimer();
  });
}

void Connection::OnTimer() {
  if (state_ == State::kClosed) return;
  ArmTimer();
  if (!deadline_.has_value() || Clock::now() < *deadline_) return;
  if (state_ == State::kHeader || state_ == State::kBody) {
    Refuse(
        MakeError(
            absl::StatusCode::kDeadlineExceeded, "the request did not come in time",
            {.reason = "REQUEST_TOO_SLOW", .field = {}, .hint = "send it at once", .metadata = {}}),
        408);
  } else {
    Close();
  }
}

void Connection::AwaitRequest() {
  if (hall_->draining) {
    Close();
    return;
  }
  state_ = State::kIdle;
  reader_ = std::make_unique<RequestReader>(hall_->limits.request);
  body_bytes_ = 0;
  SetDeadline(hall_->limits.idle);
  Parse();
}

void Connection::Read() {
  if (reading_ || input_ended_) return;
  reading_ = true;
  transport_->Read(chunk_->data(), chunk_->size(),
                   [self = shared_from_this()](Outcome outcome, size_t bytes) {
                     self->reading_ = false;
                     self->OnRead(outcome, bytes);
                   });
}

void Connection::OnRead(Outcome outcome, size_t bytes) {
  if (state_ == State::kClosed) return;
  if (outcome != Outcome::kOk) {
    input_ended_ = true;
    if (exchange_ != nullptr) exchange_->Cancel();
    // A response that is under way is still sent: who said that it sends no more may yet read.
    if (state_ != State::kWorking && state_ != State::kWriting) Close();
    return;
  }
  if (state_ == State::kLingering) {
    lingered_bytes_ += bytes;
    if (lingered_bytes_ > kMaxLingerBytes) {
      Close();
    } else {
      Read();
    }
    return;
  }
  input_.append(chunk_->data(), bytes);
  if (state_ == State::kWorking) {
    Watch();
  } else if (state_ != State::kWriting) {
    Parse();
  }
}

void Connection::Parse() {
  using Step = RequestReader::Step;
  if (state_ == State::kIdle && !input_.empty()) {
    state_ = State::kHeader;
    SetDeadline(hall_->limits.header_time);
  }
  size_t used = 0;
  size_t taken = 0;
  Step step = Step::kMore;
  do {
    step = reader_->Take(std::string_view(input_).substr(taken), &used);
    taken += used;
    if (state_ == State::kBody) body_bytes_ += used;
  } while (step == Step::kMore && used > 0 && taken < input_.size());
  input_.erase(0, taken);
  if (!TakeIncoming()) {
    Refuse(ResourceExhausted("REQUESTS_INCOMING", "too many large requests are on their way in",
                             "repeat the call later, or send less at a time"),
           503);
    return;
  }
  switch (step) {
    case Step::kMore:
      if (input_ended_) {
        Close();
        return;
      }
      if (state_ == State::kBody) {
        deadline_ = body_begin_ + absl::ToChronoNanoseconds(TimeFor(
                                      hall_->limits.body_grace,
                                      hall_->limits.min_body_bytes_per_second, body_bytes_));
      }
      Read();
      return;
    case Step::kHeader:
      OnHeader();
      return;
    case Step::kDone:
      OnRequest();
      return;
    case Step::kFailed:
      Refuse(reader_->error(), reader_->http_status());
      return;
  }
}

void Connection::OnHeader() {
  state_ = State::kBody;
  body_begin_ = Clock::now();
  if (reader_->expects_continue() && input_.empty()) {
    SayContinue();
  } else {
    Parse();
  }
}

// Room for what has come of a body; what was only announced takes none.
bool Connection::TakeIncoming() {
  while (body_bytes_ > kHttpFreeBodyBytes + incoming_bytes_) {
    if (!hall_->incoming.Take(kIncomingStep, /*must=*/incoming_bytes_ > 0 &&
                                                 hall_->incoming.bytes() == incoming_bytes_)) {
      return false;
    }
    incoming_bytes_ += kIncomingStep;
  }
  return true;
}

void Connection::SayContinue() {
  static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
  transport_->Write(kContinue, {}, [self = shared_from_this()](Outcome outcome, size_t) {
    if (outcome != Outcome::kOk) {
      self->Close();
    } else if (self->state_ == State::kBody) {
      self->Parse();
    }
  });
}

void Connection::OnRequest() {
  state_ = State::kWorking;
  deadline_.reset();
  Request request = reader_->TakeRequest();
  head_only_ = request.method == "HEAD";
  close_after_ = !reader_->keep_alive();
  reader_.reset();
  exchange_ = std::make_shared<OwnExchange>(std::move(request), shared_from_this());
  // A copy: it may be answered, and forgotten here, before the router returns.
  const std::shared_ptr<OwnExchange> exchange = exchange_;
  hall_->router->Serve(exchange);
  if (state_ == State::kWorking) Watch();
}

// Notices when the caller goes, as far as the room for further requests lets it read.
void Connection::Watch() {
  if (input_.size() < hall_->limits.max_pipelined_bytes) Read();
}

void Connection::Refuse(const absl::Status& status, int http_status) {
  state_ = State::kWorking;
  close_after_ = true;
  head_only_ = false;
  Response response = ErrorResponse(status, http_status);
  response.must = true;
  Send(std::move(response));
}

void Connection::LeaveIncoming() {
  if (incoming_bytes_ > 0) hall_->incoming.GiveBack(incoming_bytes_);
  incoming_bytes_ = 0;
}

void Connection::Send(Response response) {
  exchange_.reset();
  LeaveIncoming();
  if (state_ == State::kClosed) return;
  WHENCE_ASSERT(state_ == State::kWorking);
  size_t bytes = response.body.size();
  if (bytes >= kLargeReplyBytes) {
    if (!hall_->replies.Take(bytes, response.must)) {
      response = ErrorResponse(
          ResourceExhausted("REPLIES_UNREAD", "too many large replies wait for their readers",
                            "ask for less at a time, or repeat the call later"));
      bytes = 0;
    }
    reply_bytes_ = bytes;
  }
  state_ = State::kWriting;
  response_ = std::move(response);
  piece_bytes_ = 0;
  close_after_ = close_after_ || hall_->draining || input_ended_;
  head_ = ResponseHead(response_, close_after_);
  if (head_only_) {
    response_.body.clear();
    response_.source.reset();
  }
  Write(response_.body);
}

void Connection::Write(std::string_view body) {
  piece_bytes_ += body.size();
  const absl::Duration time =
      TimeFor(hall_->limits.reply_grace, hall_->limits.min_reply_bytes_per_second, piece_bytes_);
  // Of a body in pieces each has its own time, so that a slow disk is not the reader's fault.
  SetDeadline(response_.source == nullptr ? time : hall_->limits.reply_grace);
  transport_->Write(head_, body, [self = shared_from_this()](Outcome outcome, size_t) {
    self->OnWritten(outcome);
  });
}

void Connection::OnWritten(Outcome outcome) {
  if (state_ == State::kClosed) return;
  if (outcome != Outcome::kOk) {
    Close();
    return;
  }
  if (response_.source != nullptr) {
    head_.clear();
    piece_.clear();
    const absl::StatusOr<bool> more = response_.source->Next(&piece_);
    if (!more.ok()) {
      Close();
      return;
    }
    if (*more) {
      Write(piece_);
      return;
    }
    WHENCE_ASSERT(piece_bytes_ == response_.source_bytes);
  }
  OnResponseSent();
}

void Connection::OnResponseSent() {
  response_ = Response();
  std::string().swap(piece_);
  if (reply_bytes_ > 0) hall_->replies.GiveBack(std::exchange(reply_bytes_, 0));
  if (close_after_) {
    Linger();
  } else {
    AwaitRequest();
  }
}

// Closing at once would make the network throw away a response that its reader has not taken yet,
// if anything of that reader's was not read here.
void Connection::Linger() {
  state_ = State::kLingering;
  SetDeadline(hall_->limits.linger);
  if (input_ended_) {
    Close();
    return;
  }
  transport_->EndWriting([self = shared_from_this()](Outcome outcome, size_t) {
    if (outcome != Outcome::kOk) {
      self->Close();
    } else if (self->state_ == State::kLingering) {
      self->Read();
    }
  });
}

void Connection::Close() {
  if (state_ == State::kClosed) return;
  state_ = State::kClosed;
  if (exchange_ != nullptr) exchange_->Cancel();
  transport_->Close();
}

}  // namespace whence::http
