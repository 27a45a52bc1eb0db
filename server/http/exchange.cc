#include "http/exchange.h"

#include "http/credentials.h"

namespace whence::http {

service::CallInfo Exchange::Info() const {
  service::CallInfo info;
  info.via = "http";
  info.cancelled = &cancelled_;
  ReadCredentials(request_, &info);
  return info;
}

}  // namespace whence::http
