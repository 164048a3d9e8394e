// A table on a terminal.

#ifndef SMART_CONTACTS_CLI_TABLE_H_
#define SMART_CONTACTS_CLI_TABLE_H_

#include <ostream>
#include <string>
#include <vector>

namespace smartcontacts::cli {

// `text` with '?' for what would move the cursor or change the terminal's state: control characters
// in a name from a file, say.
std::string Printable(const std::string& text);

// Columns as wide as their widest cell, which is shown Printable().
class Table {
 public:
  explicit Table(std::vector<std::string> header) { Add(std::move(header)); }

  // As many cells as the header has.
  void Add(std::vector<std::string> cells);
  void Print(std::ostream& output) const;
  bool empty() const { return rows_.size() == 1; }

 private:
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace smartcontacts::cli

#endif  // SMART_CONTACTS_CLI_TABLE_H_
