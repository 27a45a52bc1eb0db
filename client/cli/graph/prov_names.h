#pragma once

// References and principals as qualified names of PROV, and the records that many others point to.

#include <string>
#include <string_view>

#include "cli/graph/prov_document.h"
#include "whence/v1/common.pb.h"

namespace whence::cli {

// "data:prod.fraud.model@7", "run:<uuid>", "prediction:p-1", "id:17@1", "redacted:<digits>".
std::string ProvName(ProvDocument& document, std::string_view reference);

// The agent of that name, which is described with it. Empty for nobody.
std::string ProvAgent(ProvDocument& document, std::string_view principal);

// `entity` is ascribed to the principal, as its owner or creator (`whence:Owner`). Nobody is not.
void AttributeTo(ProvDocument& document, const std::string& entity, std::string_view principal,
                 std::string_view as);

// "whence:Table" for tables; "whence:Data" where the kind is not known.
std::string ProvType(v1::Kind kind);

}  // namespace whence::cli
