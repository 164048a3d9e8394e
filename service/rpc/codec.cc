#include "service/rpc/codec.h"

#include <grpcpp/impl/codegen/proto_buffer_reader.h>
#include <grpcpp/impl/codegen/proto_buffer_writer.h>
#include <grpcpp/support/slice.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "service/error.h"

namespace smartcontacts::service {

absl::Status DecodeInto(const grpc::ByteBuffer& bytes, std::size_t size_max,
                        google::protobuf::Message& message) {
  if (bytes.Length() > size_max) {
    return MakeError(
        Reason::kMessageTooLarge,
        absl::StrCat("a message has at most ", size_max, " bytes: send smaller batches"),
        {.metadata = {{"limit", absl::StrCat(size_max)}}});
  }
  grpc::ByteBuffer copy = bytes;  // the reader wants it mutable; the slices are shared
  grpc::ProtoBufferReader reader(&copy);
  if (!reader.status().ok() || !message.ParseFromZeroCopyStream(&reader)) {
    return MakeError(
        Reason::kRequestMalformed,
        "the bytes are no message of this method's request type, or a string is not UTF-8");
  }
  return absl::OkStatus();
}

grpc::ByteBuffer Encode(const google::protobuf::Message& message) {
  const std::string bytes = message.SerializeAsString();
  const grpc::Slice slice(bytes);
  return {&slice, 1};
}

}  // namespace smartcontacts::service
