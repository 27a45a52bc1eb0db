// The line and the headers of a response.
#pragma once

#include <string>

#include "http/message.h"

namespace whence::http {

// Everything before the body, with the empty line.
std::string ResponseHead(const Response& response, bool close);

}  // namespace whence::http
