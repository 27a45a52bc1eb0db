#include "http/tiles.h"

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "base/strings.h"
#include "http/wire.h"
#include "service/audit_operations.h"
#include "service/corridor.h"
#include "service/metrics.h"
#include "sql/read_pool.h"

namespace whence::http {
namespace {

// A tile's number has six groups of three digits at most, and ".p/<W>" is one segment more.
constexpr int kTileSegments = 7;
// A tile never changes: a wider one has another path.
constexpr std::string_view kForGood = ", max-age=31536000, immutable";

// What is shown to everybody may be kept by whoever passes it on.
std::string CacheControl(bool open) { return StrCat(open ? "public" : "private", kForGood); }

Response TileResponse(std::string bytes, bool open) {
  Response response{.content_type = "application/octet-stream"};
  response.headers = {{.name = "cache-control", .value = CacheControl(open)}};
  response.body = std::move(bytes);
  return response;
}

Response CheckpointResponse(const absl::StatusOr<service::v1::Checkpoint>& checkpoint) {
  if (!checkpoint.ok()) return ErrorResponse(checkpoint.status());
  Response response{.content_type = "text/plain; charset=utf-8"};
  response.headers = {{.name = "cache-control", .value = "no-cache"}};
  response.body = checkpoint->note();
  return response;
}

// "tile/0/000" of "/tile/0/000".
std::string_view TilePathOf(const Exchange& exchange) {
  return std::string_view(exchange.request().path).substr(1);
}

// Purpose: the two handlers. Ownership: borrows the corridor. Thread-safety: any thread.
class TileDoor {
 public:
  TileDoor(service::Corridor* corridor, bool open) : corridor_(*corridor), open_(open) {}

  void ServeTile(const std::shared_ptr<Exchange>& exchange) const {
    if (open_) return ServeOpenTile(*exchange);
    struct Call {
      service::v1::GetTileRequest request;
      service::v1::GetTileResponse answer;
    };
    auto call = std::make_shared<Call>();
    call->request.set_path(std::string(TilePathOf(*exchange)));
    corridor_.Run(service::kGetTile, exchange->Info("tiles"), call->request, &call->answer,
                  [exchange, call](const absl::Status& status) {
                    exchange->Answer(status.ok()
                                         ? TileResponse(std::move(*call->answer.mutable_data()),
                                                        /*open=*/false)
                                         : ErrorResponse(status));
                  });
  }

  void ServeCheckpoint(const std::shared_ptr<Exchange>& exchange) const {
    service::CallInfo info = exchange->Info("tiles");
    const auto timer = corridor_.metrics().Begin("GetCheckpoint", info.via);
    const absl::Status admitted = open_ ? absl::OkStatus() : corridor_.Admit(info, "GetCheckpoint");
    timer.End(admitted.code());
    if (!admitted.ok()) {
      corridor_.NoteRefused(info, "GetCheckpoint", admitted);
      exchange->Answer(ErrorResponse(admitted));
      return;
    }
    exchange->Answer(CheckpointResponse(service::ServedCheckpoint(corridor_.house())));
  }

 private:
  // There is no caller of whom anything could be needed.
  void ServeOpenTile(Exchange& exchange) const {
    const auto timer = corridor_.metrics().Begin("GetTile", "tiles");
    const absl::StatusOr<std::string> bytes = ReadOpenTile(TilePathOf(exchange));
    timer.End(bytes.status().code());
    exchange.Answer(bytes.ok() ? TileResponse(*bytes, /*open=*/true)
                               : ErrorResponse(bytes.status()));
  }
  absl::StatusOr<std::string> ReadOpenTile(std::string_view path) const {
    const absl::StatusOr<sql::Lease> lease = corridor_.house().readers().Acquire();
    if (!lease.ok()) return lease.status();
    return service::ReadTile(corridor_.house(), lease->connection(), path);
  }

  service::Corridor& corridor_;
  const bool open_;
};

}  // namespace

void AddTileRoutes(service::Corridor* corridor, bool open, Router* router) {
  const auto door = std::make_shared<const TileDoor>(corridor, open);
  router->Add("GET", "/checkpoint",
              [door](const std::shared_ptr<Exchange>& exchange, const PathValues&) {
                door->ServeCheckpoint(exchange);
              });
  std::string path = "/tile/{level}";
  for (int i = 0; i < kTileSegments; ++i) {
    StrAppend(&path, "/{n", i, "}");
    router->Add("GET", path, [door](const std::shared_ptr<Exchange>& exchange, const PathValues&) {
      door->ServeTile(exchange);
    });
  }
}

}  // namespace whence::http
