#include "client/connection/connection.h"

#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <iterator>
#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/cord.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace smartcontacts::client {
namespace {

// Payloads of a status: what a program decides by.
constexpr char kReasonUrl[] = "smartcontacts/reason";
constexpr char kRetryDelayUrl[] = "smartcontacts/retry-delay";

bool IsLoopback(const std::string& server) {
  const std::string host = server.substr(0, server.rfind(':'));
  return host == "localhost" || host == "[::1]" || absl::StartsWith(host, "127.");
}

// HOST:PORT, where HOST may be an IPv6 address in brackets. gRPC would take port 443 if there is
// none, and a name with a slash for something else.
bool IsHostAndPort(const std::string& server) {
  const std::size_t colon = server.rfind(':');
  int port = 0;
  return colon != std::string::npos && colon > 0 && !absl::StrContains(server, '/') &&
         absl::SimpleAtoi(server.substr(colon + 1), &port) && port > 0 && port <= 65535;
}

// What gRPC's own errors mean in terms of how the service is set up; empty if we cannot tell.
absl::string_view AdviceFor(const grpc::Status& status) {
  if (status.error_code() == grpc::StatusCode::UNIMPLEMENTED) {
    return "; perhaps this is the service's other port: there is one for apps, one for "
           "administration";
  }
  if (absl::StrContains(status.error_message(), "wrong version number")) {
    return "; the server speaks no TLS there, as in the development mode";
  }
  return "";
}

struct Details {
  std::string reason;
  std::optional<absl::Duration> retry_delay;
};

Details DetailsOf(const grpc::Status& status) {
  Details details;
  google::rpc::Status message;
  if (!message.ParseFromString(status.error_details())) return details;
  for (const google::protobuf::Any& any : message.details()) {
    google::rpc::ErrorInfo info;
    google::rpc::RetryInfo retry;
    if (any.UnpackTo(&info)) {
      details.reason = info.reason();
    } else if (any.UnpackTo(&retry)) {
      details.retry_delay = absl::Seconds(retry.retry_delay().seconds()) +
                            absl::Nanoseconds(retry.retry_delay().nanos());
    }
  }
  return details;
}

}  // namespace

absl::StatusOr<Connection> Connection::Open(const ConnectionOptions& options) {
  if (!IsHostAndPort(options.server)) {
    return absl::InvalidArgumentError(
        absl::StrCat("the server \"", options.server, "\" is not HOST:PORT"));
  }
  if (!std::all_of(options.token.begin(), options.token.end(), absl::ascii_isgraph)) {
    return absl::InvalidArgumentError(
        "the token has characters that no token has: is it the right file?");
  }
  if (options.plaintext) {
    if (!IsLoopback(options.server)) {
      return absl::InvalidArgumentError(
          absl::StrCat(options.server,
                       ": without TLS the token would travel in the clear; that is only allowed to "
                       "this machine (127.0.0.1)"));
    }
    return Connection(grpc::CreateChannel(options.server, grpc::InsecureChannelCredentials()),
                      options);
  }
  grpc::SslCredentialsOptions ssl;
  if (!options.ca_file.empty()) {
    std::ifstream file(options.ca_file, std::ios::binary);
    if (!file) return absl::InvalidArgumentError(absl::StrCat(options.ca_file, ": cannot be read"));
    ssl.pem_root_certs.assign(std::istreambuf_iterator<char>(file), {});
  }
  return Connection(grpc::CreateChannel(options.server, grpc::SslCredentials(ssl)), options);
}

std::unique_ptr<grpc::ClientContext> Connection::NewStream() const {
  auto context = std::make_unique<grpc::ClientContext>();
  if (!options_.token.empty()) context->AddMetadata("authorization", "Bearer " + options_.token);
  return context;
}

std::unique_ptr<grpc::ClientContext> Connection::NewCall() const {
  auto context = NewStream();
  context->set_deadline(std::chrono::system_clock::now() +
                        absl::ToChronoMilliseconds(options_.timeout));
  return context;
}

absl::Status ToStatus(const grpc::Status& status) {
  if (status.ok()) return absl::OkStatus();
  const Details details = DetailsOf(status);
  std::string text;
  if (!details.reason.empty()) absl::StrAppend(&text, details.reason, ": ");
  absl::StrAppend(&text, status.error_message(), AdviceFor(status));
  if (details.retry_delay.has_value()) {
    absl::StrAppend(&text, " (try again in ", absl::FormatDuration(*details.retry_delay), ")");
  }
  // gRPC's codes are absl's.
  absl::Status result(static_cast<absl::StatusCode>(status.error_code()), text);
  if (!details.reason.empty()) result.SetPayload(kReasonUrl, absl::Cord(details.reason));
  if (details.retry_delay.has_value()) {
    result.SetPayload(kRetryDelayUrl, absl::Cord(absl::FormatDuration(*details.retry_delay)));
  }
  return result;
}

absl::Status Reworded(const absl::Status& status, absl::string_view message) {
  absl::Status reworded(status.code(), message);
  status.ForEachPayload([&reworded](absl::string_view url, const absl::Cord& payload) {
    reworded.SetPayload(url, payload);
  });
  return reworded;
}

std::string ReasonOf(const absl::Status& status) {
  const absl::optional<absl::Cord> reason = status.GetPayload(kReasonUrl);
  return reason.has_value() ? std::string(*reason) : std::string();
}

std::optional<absl::Duration> RetryDelayOf(const absl::Status& status) {
  const absl::optional<absl::Cord> text = status.GetPayload(kRetryDelayUrl);
  absl::Duration delay;
  if (!text.has_value() || !absl::ParseDuration(std::string(*text), &delay)) return std::nullopt;
  return delay;
}

}  // namespace smartcontacts::client
