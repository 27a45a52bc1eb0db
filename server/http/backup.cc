#include "http/backup.h"

#include <memory>
#include <string>
#include <utility>

#include "base/error.h"
#include "http/wire.h"
#include "service/backup.h"
#include "service/corridor.h"
#include "service/metrics.h"
#include "service/needs_server.h"

namespace whence::http {
namespace {

// A place among the backups, from the call's beginning until its last byte is sent.
class Place {
 public:
  explicit Place(BackupPlaces* places) : places_(places) {}
  ~Place() { places_->GiveBack(); }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;

 private:
  BackupPlaces* const places_;
};

class CopySource final : public BodySource {
 public:
  CopySource(std::unique_ptr<service::BackupCopy> copy, std::shared_ptr<Place> place)
      : place_(std::move(place)), copy_(std::move(copy)) {}

  absl::StatusOr<bool> Next(std::string* piece) override { return copy_->ReadChunk(piece); }

 private:
  const std::shared_ptr<Place> place_;
  const std::unique_ptr<service::BackupCopy> copy_;
};

// Purpose: one call of Backup. Ownership: shared by what waits. Thread-safety: one thread at a
// time.
struct BackupCall {
  service::Corridor& corridor;
  std::shared_ptr<Exchange> exchange;
  service::CallMetrics::Timer timer;

  void Fail(const absl::Status& status) {
    timer.End(status.code());
    exchange->Answer(ErrorResponse(status));
  }

  void Copy(const service::CallInfo& info, std::shared_ptr<Place> place) {
    auto copy = service::BackupCopy::Make(corridor.house(), info.cancelled);
    if (!copy.ok()) {
      Fail(copy.status());
      return;
    }
    timer.End(absl::StatusCode::kOk);
    Response response{.content_type = "application/octet-stream"};
    response.headers = {
        {.name = "content-disposition", .value = "attachment; filename=\"whence-backup.db\""},
        {.name = "whence-position", .value = std::to_string((*copy)->position())}};
    response.source_bytes = static_cast<uint64_t>((*copy)->total_bytes());
    response.source = std::make_unique<CopySource>(*std::move(copy), std::move(place));
    exchange->Answer(std::move(response));
  }
};

}  // namespace

void AddBackupRoute(service::Corridor* corridor, BackupPlaces* places, Router* router) {
  router->Add("GET", kBackupPath,
              [corridor, places](const std::shared_ptr<Exchange>& exchange, const PathValues&) {
                service::CallInfo info = exchange->Info();
                auto call = std::make_shared<BackupCall>(
                    BackupCall{*corridor, exchange, corridor->metrics().Begin("Backup", info.via)});
                if (absl::Status admitted = corridor->Admit(info, "Backup"); !admitted.ok()) {
                  corridor->NoteRefused(info, "Backup", admitted);
                  call->Fail(admitted);
                  return;
                }
                if (absl::Status may = service::NeedForBackup(corridor->house(), info); !may.ok()) {
                  corridor->NoteRefused(info, "Backup", may);
                  call->Fail(may);
                  return;
                }
                if (!places->Take()) {
                  call->Fail(ResourceExhausted("TOO_MANY_BACKUPS", "other backups are under way",
                                               "repeat the call when one of them is done"));
                  return;
                }
                corridor->workers().Run(info.principal, 0,
                                        [call, info, place = std::make_shared<Place>(places)](
                                            absl::Status admitted) mutable {
                                          if (admitted.ok()) {
                                            admitted = call->corridor.RecordBackup(info);
                                          }
                                          if (admitted.ok()) {
                                            call->Copy(info, std::move(place));
                                          } else {
                                            call->Fail(admitted);
                                          }
                                        });
              });
}

}  // namespace whence::http
