// Messages of both APIs as JSON, with the names of the .proto files.

#ifndef SMART_CONTACTS_CLIENT_PROGRAMS_JSON_OUTPUT_H_
#define SMART_CONTACTS_CLIENT_PROGRAMS_JSON_OUTPUT_H_

#include <google/protobuf/util/json_util.h>

#include <iostream>
#include <string>

#include "absl/status/status.h"

namespace smartcontacts::client {

inline absl::Status PrintJson(const google::protobuf::Message& message) {
  google::protobuf::util::JsonPrintOptions options;
  options.add_whitespace = true;
  options.preserve_proto_field_names = true;
  options.always_print_primitive_fields = true;
  std::string json;
  if (!MessageToJsonString(message, &json, options).ok()) {
    return absl::InternalError("the answer cannot be shown as JSON");
  }
  std::cout << json;
  return absl::OkStatus();
}

}  // namespace smartcontacts::client

#endif  // SMART_CONTACTS_CLIENT_PROGRAMS_JSON_OUTPUT_H_
