// A connection to the service, and what its errors mean in words.

#ifndef SMART_CONTACTS_CLIENT_CONNECTION_CONNECTION_H_
#define SMART_CONTACTS_CLIENT_CONNECTION_CONNECTION_H_

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/support/status.h>

#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace smartcontacts::client {

struct ConnectionOptions {
  std::string server;  // HOST:PORT
  bool plaintext = false;
  std::string ca_file;                         // PEM; empty: the system's
  std::string token;                           // of the caller; sent with every call
  absl::Duration timeout = absl::Seconds(30);  // of one call
};

// Safe for concurrent use.
class Connection {
 public:
  // INVALID_ARGUMENT for a server that is not HOST:PORT, plaintext to another machine, which would
  // send the token in the clear, a CA file that cannot be read, or a token that no header can
  // carry. Does not connect yet.
  static absl::StatusOr<Connection> Open(const ConnectionOptions& options);

  const std::string& server() const { return options_.server; }
  const std::shared_ptr<grpc::Channel>& channel() const { return channel_; }
  // For one call: carries the token and the deadline.
  std::unique_ptr<grpc::ClientContext> NewCall() const;
  // For a call that goes on until somebody ends it: carries the token.
  std::unique_ptr<grpc::ClientContext> NewStream() const;

 private:
  Connection(std::shared_ptr<grpc::Channel> channel, const ConnectionOptions& options)
      : channel_(std::move(channel)), options_(options) {}

  std::shared_ptr<grpc::Channel> channel_;
  ConnectionOptions options_;
};

// The service's error for a person: "EPOCH_EXPIRED: epoch: it has ended ... (try again in 5s)".
absl::Status ToStatus(const grpc::Status& status);

// An error in other words, with the code, the reason and the delay that it had.
absl::Status Reworded(const absl::Status& status, absl::string_view message);

// Of what ToStatus() returned: the machine-readable reason, such as "EPOCH_EXPIRED"; empty if the
// service gave none.
std::string ReasonOf(const absl::Status& status);

// Of what ToStatus() returned: how long the service asks to wait, if it said so.
std::optional<absl::Duration> RetryDelayOf(const absl::Status& status);

}  // namespace smartcontacts::client

#endif  // SMART_CONTACTS_CLIENT_CONNECTION_CONNECTION_H_
