// The ledger as C2SP's tlog-tiles has it: for tools that know nothing of Whence.
#pragma once

#include "http/router.h"

namespace whence::service {
class Corridor;
}  // namespace whence::service

namespace whence::http {

// GET /checkpoint, /tile/<L>/<N>, /tile/entries/<N>, both with .p/<W> (docs/ledger.md). Tiles need
// what GetTile needs of its caller, the checkpoint what GetCheckpoint does; with `open` nobody is
// asked for a credential. Errors as in the contract: TILE_MALFORMED, TILE_NOT_FOUND.
void AddTileRoutes(service::Corridor* corridor, bool open, Router* router);

}  // namespace whence::http
