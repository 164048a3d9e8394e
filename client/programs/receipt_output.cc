#include "client/programs/receipt_output.h"

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <iostream>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "cli/secret_file.h"
#include "client/receipt/receipt_file.h"
#include "domain/status_macros.h"

namespace smartcontacts::client {

CLI::Option* AddReceiptFileOption(CLI::App& command, std::string& file) {
  return command.add_option("--receipt-file", file,
                            "Where the signed receipt goes; must not exist [standard output]");
}

absl::Status CheckReceiptFile(const std::string& file) {
  if (file.empty()) return absl::OkStatus();
  if (access(file.c_str(), F_OK) == 0) {
    return absl::AlreadyExistsError(
        absl::StrCat(file, ": the file exists; nothing was removed. Name another file"));
  }
  const std::filesystem::path folder = std::filesystem::path(file).parent_path();
  if (access(folder.empty() ? "." : folder.c_str(), W_OK) != 0) {
    return absl::UnavailableError(
        absl::StrCat(file, ": ", std::strerror(errno), "; nothing was removed"));
  }
  return absl::OkStatus();
}

std::string CountsText(const google::protobuf::RepeatedPtrField<v1::ReceiptCount>& counts) {
  std::vector<std::string> parts;
  for (const v1::ReceiptCount& count : counts) {
    if (count.count() == 0) continue;
    parts.push_back(
        absl::StrCat(count.count(), " ", absl::StrReplaceAll(count.kind(), {{"_", " "}})));
  }
  return parts.empty() ? "nothing" : absl::StrJoin(parts, ", ");
}

absl::Status DeliverReceipt(const v1::Receipt& receipt, const std::string& file, Output output) {
  ASSIGN_OR_RETURN(const nlohmann::ordered_json json, ReceiptToJson(receipt));
  const std::string text = json.dump(2) + "\n";
  absl::Status written = file.empty() ? absl::OkStatus() : cli::WriteSecretFile(file, text);
  if (output == Output::kJson) {
    const nlohmann::ordered_json document = {{"counts", json["about"]["counts"]},
                                             {"receipt", json}};
    std::cout << document.dump(2) << "\n";
    return written;
  }
  v1::ReceiptStatement statement;
  statement.ParseFromString(receipt.statement());
  std::cout << "removed: " << CountsText(statement.counts()) << "\n";
  if (!file.empty() && written.ok()) {
    std::cout << "the receipt is in " << file << "\n";
  } else {
    std::cout << "the receipt, to be kept as a file:\n" << text;
  }
  return written;
}

}  // namespace smartcontacts::client
