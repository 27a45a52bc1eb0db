#include "grpc/peer_names.h"

#include <algorithm>
#include <string>
#include <vector>

#include "grpc/grpc_security_constants.h"
#include "net/certificate.h"

namespace whence::rpc {
namespace {

// By its kind: x509_subject_alternative_name has them all mixed, and a DNS name that reads
// `spiffe://...` would be taken for a URI.
std::vector<std::string> ValuesOf(const grpc::AuthContext& context, const char* property) {
  std::vector<std::string> values;
  for (const grpc::string_ref& value : context.FindPropertyValues(property)) {
    values.emplace_back(value.data(), value.size());
  }
  return values;
}

// When the peer's certificate ends. gRPC hands it over as text, the same with every call.
absl::Time EndOf(const grpc::AuthContext& context) {
  static thread_local net::CertificateEnds known;
  const std::vector<std::string> pem = ValuesOf(context, GRPC_X509_PEM_CERT_PROPERTY_NAME);
  return pem.size() == 1 ? known.Of(pem.front()) : absl::InfinitePast();
}

}  // namespace

bool IsEncrypted(const grpc::AuthContext& context) {
  const auto types = context.FindPropertyValues(GRPC_TRANSPORT_SECURITY_TYPE_PROPERTY_NAME);
  return std::any_of(types.begin(), types.end(), [](const grpc::string_ref& type) {
    return type == GRPC_SSL_TRANSPORT_SECURITY_TYPE || type == GRPC_TLS_TRANSPORT_SECURITY_TYPE;
  });
}

access::CertificateNames PeerNames(const grpc::AuthContext& context) {
  if (!IsEncrypted(context)) return {};
  access::CertificateNames names{.uris = ValuesOf(context, GRPC_PEER_URI_PROPERTY_NAME),
                                 .dns = ValuesOf(context, GRPC_PEER_DNS_PROPERTY_NAME),
                                 .emails = ValuesOf(context, GRPC_PEER_EMAIL_PROPERTY_NAME)};
  if (!names.empty()) names.end = EndOf(context);
  return names;
}

}  // namespace whence::rpc
