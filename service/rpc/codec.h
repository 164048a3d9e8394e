// Messages to and from bytes. The handlers take raw bytes from gRPC, because gRPC answers bytes
// that do not parse (invalid UTF-8, say) with UNIMPLEMENTED, which would send an app developer
// astray.

#ifndef SMART_CONTACTS_SERVICE_RPC_CODEC_H_
#define SMART_CONTACTS_SERVICE_RPC_CODEC_H_

#include <google/protobuf/message.h>
#include <grpcpp/support/byte_buffer.h>

#include <cstddef>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "domain/status_macros.h"

namespace smartcontacts::service {

// kMessageTooLarge if `bytes` is longer than `size_max`; kRequestMalformed if it is no such
// message.
absl::Status DecodeInto(const grpc::ByteBuffer& bytes, std::size_t size_max,
                        google::protobuf::Message& message);

template <typename Message>
absl::StatusOr<Message> Decode(const grpc::ByteBuffer& bytes, std::size_t size_max) {
  Message message;
  RETURN_IF_ERROR(DecodeInto(bytes, size_max, message));
  return message;
}

grpc::ByteBuffer Encode(const google::protobuf::Message& message);

}  // namespace smartcontacts::service

#endif  // SMART_CONTACTS_SERVICE_RPC_CODEC_H_
