// Decides what Trino's operations need.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "http/dialect.h"
#include "http/trino_operations.h"

namespace whence::http {

// Who runs a query of Trino, as Whence knows it.
struct TrinoAsker {
  std::string principal;  // `user:ana`
  std::vector<std::string>
      groups;  // those of Trino's that there are here, each once: `group:analysts`
};

// Trino says `ana`: that is `user:ana`, or, when there is none, `svc:ana`; one who is called
// `svc:etl` in Trino is meant as such.
TrinoAsker FindTrinoAsker(const Dialect& dialect, const TrinoRequest& request);

// A question for that asker.
v1::DecideRequest TrinoQuestion(const TrinoAsker& asker, const v1::Securable& securable,
                                access::Privilege privilege);

// Which of the items are allowed, in their order. PERMISSION_DENIED when the caller may not ask
// about one of them: a door that cannot ask must not look as if it had.
using TrinoVerdicts = std::function<void(absl::StatusOr<std::vector<bool>>)>;
void DecideTrinoItems(const Dialect& dialect, const TrinoAsker& asker, std::vector<TrinoItem> items,
                      TrinoVerdicts then);

}  // namespace whence::http
