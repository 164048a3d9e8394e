// An error as the service sends it.

#ifndef SMART_CONTACTS_TESTS_CLIENT_REFUSAL_H_
#define SMART_CONTACTS_TESTS_CLIENT_REFUSAL_H_

#include <grpcpp/support/status.h>

#include <cstdint>
#include <string>

#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace smartcontacts::client {

inline grpc::Status Refusal(grpc::StatusCode code, const std::string& reason,
                            std::int64_t retry_delay_s = 0) {
  google::rpc::ErrorInfo info;
  info.set_reason(reason);
  google::rpc::Status status;
  status.set_code(code);
  status.add_details()->PackFrom(info);
  if (retry_delay_s > 0) {
    google::rpc::RetryInfo retry;
    retry.mutable_retry_delay()->set_seconds(retry_delay_s);
    status.add_details()->PackFrom(retry);
  }
  return {code, "refused", status.SerializeAsString()};
}

}  // namespace smartcontacts::client

#endif  // SMART_CONTACTS_TESTS_CLIENT_REFUSAL_H_
