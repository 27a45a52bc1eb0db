#pragma once

// Everything a pipeline or a service needs to record where its results come from.
// Begin with whence::Client (client.h).

#include "whence/client.h"               // IWYU pragma: export
#include "whence/explanation.h"          // IWYU pragma: export
#include "whence/options.h"              // IWYU pragma: export
#include "whence/page_range.h"           // IWYU pragma: export
#include "whence/prediction.h"           // IWYU pragma: export
#include "whence/prediction_recorder.h"  // IWYU pragma: export
#include "whence/run.h"                  // IWYU pragma: export
#include "whence/run_record.h"           // IWYU pragma: export
#include "whence/status.h"               // IWYU pragma: export
#include "whence/types.h"                // IWYU pragma: export
#include "whence/versions.h"             // IWYU pragma: export
