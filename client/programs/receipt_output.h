// Receipts on their way to whoever asked for the erasure.

#ifndef SMART_CONTACTS_CLIENT_PROGRAMS_RECEIPT_OUTPUT_H_
#define SMART_CONTACTS_CLIENT_PROGRAMS_RECEIPT_OUTPUT_H_

#include <CLI/CLI.hpp>
#include <string>

#include "absl/status/status.h"
#include "client/programs/options.h"
#include "smartcontacts/v1/receipt.pb.h"

namespace smartcontacts::client {

// --receipt-file, into `file`.
CLI::Option* AddReceiptFileOption(CLI::App& command, std::string& file);

// Whether a receipt can be put into `file` (empty: none is wanted): to be asked before anything is
// erased, because afterwards is too late. ALREADY_EXISTS if there is one; it is not overwritten.
// UNAVAILABLE if nobody may write into its folder, or there is none.
absl::Status CheckReceiptFile(const std::string& file);

// Says what was erased and hands the receipt over: into `file` if that is given, otherwise on
// standard output, where it also goes if the file cannot be written.
absl::Status DeliverReceipt(const v1::Receipt& receipt, const std::string& file, Output output);

// "1 consents, 240 retained contacts", or "nothing": kinds of which there are none stay out.
std::string CountsText(const google::protobuf::RepeatedPtrField<v1::ReceiptCount>& counts);

}  // namespace smartcontacts::client

#endif  // SMART_CONTACTS_CLIENT_PROGRAMS_RECEIPT_OUTPUT_H_
