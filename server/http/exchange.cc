#include "http/exchange.h"

#include "http/credentials.h"

namespace whence::http {

service::CallInfo Exchange::Info(std::string_view door) const {
  service::CallInfo info;
  info.via = door;
  info.cancelled = &cancelled_;
  ReadCredentials(request_, peer_, &info);
  return info;
}

}  // namespace whence::http
