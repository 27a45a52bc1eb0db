#include "http/server.h"

#include <unistd.h>

#include <utility>
#include <vector>

#include "base/status_macros.h"
#include "http/authzen.h"
#include "http/backup.h"
#include "http/observe.h"
#include "http/openapi.h"
#include "http/rest.h"
#include "http/router.h"
#include "http/tiles.h"
#include "http/tls_contexts.h"
#include "http/transport.h"
#include "http/trino.h"
#include "net/listener.h"
#include "service/corridor.h"

namespace whence::http {

struct Server::Parts {
  Parts(service::Corridor* corridor, const ServerOptions& options)
      : backups(options.max_backups), hall(options.limits, &router), loop(options.threads) {
    AddRestRoutes(corridor, &router);
    authzen.file = options.authzen_file;
    authzen.fixed = std::make_shared<const AuthzenMapping>(options.authzen);
    authzen.tls = options.tls != nullptr;
    AddAuthzenRoutes(corridor, &authzen, &router);
    AddTrinoRoutes(corridor, &router);
    AddBackupRoute(corridor, &backups, &router);
    AddTileRoutes(corridor, options.open_ledger, &router);
    AddOpenApiRoute(&router);
    AddObserveRoutes(corridor, &hall, &router);
  }

  BackupPlaces backups;
  AuthzenDoor authzen;
  Router router;
  ConnectionHall hall;
  std::unique_ptr<TlsContexts> tls;
  IoLoop loop;
  std::unique_ptr<net::Listener> listener;
};

Server::Server(std::unique_ptr<Parts> parts, std::string address)
    : parts_(std::move(parts)), address_(std::move(address)) {}

absl::StatusOr<std::unique_ptr<Server>> Server::Start(service::Corridor* corridor,
                                                      const ServerOptions& options) {
  auto parts = std::make_unique<Parts>(corridor, options);
  if (options.tls != nullptr) {
    WHENCE_ASSIGN_OR_RETURN(parts->tls,
                            TlsContexts::Open(options.tls, options.require_client_certificate));
  }
  WHENCE_ASSIGN_OR_RETURN(parts->listener,
                          net::Listener::Open(options.listen_address, "--http-listen"));
  WHENCE_RETURN_IF_ERROR(
      parts->listener->CheckEncrypted(options.tls != nullptr, options.insecure_plaintext));
  parts->listener->Start([raw = parts.get()](int connection, int) {
    std::unique_ptr<Transport> transport = raw->loop.Adopt(connection, raw->tls.get());
    if (transport != nullptr) Connection::Open(std::move(transport), &raw->hall);
  });
  std::string address = parts->listener->address();
  return std::unique_ptr<Server>(new Server(std::move(parts), std::move(address)));
}

const std::vector<Router::Offered>& Server::offered() const { return parts_->router.offered(); }

void Server::Stop(absl::Duration grace) {
  if (parts_ == nullptr) return;
  ConnectionHall& hall = parts_->hall;
  if (parts_->listener != nullptr) parts_->listener->Stop();
  hall.draining = true;
  const auto present = [&hall] {
    std::vector<std::shared_ptr<Connection>> all;
    const std::lock_guard lock(hall.mutex);
    for (const auto& [key, weak] : hall.present) {
      if (std::shared_ptr<Connection> connection = weak.lock()) all.push_back(connection);
    }
    return all;
  };
  const auto empty = [&hall] { return hall.present.empty(); };
  for (const std::shared_ptr<Connection>& connection : present()) connection->Drain();
  {
    std::unique_lock lock(hall.mutex);
    hall.left.wait_for(lock, absl::ToChronoNanoseconds(grace), empty);
  }
  for (const std::shared_ptr<Connection>& connection : present()) connection->Abort();
  {
    // What is under way in the corridor ends by itself, and needs its connection until then.
    std::unique_lock lock(hall.mutex);
    hall.left.wait(lock, empty);
  }
  parts_->loop.Stop();
  parts_.reset();
}

Server::~Server() { Stop(absl::ZeroDuration()); }

}  // namespace whence::http
