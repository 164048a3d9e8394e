#include "cli/table.h"

#include <algorithm>
#include <utility>

namespace smartcontacts::cli {
namespace {

constexpr char kGap[] = "  ";

bool BeginsCharacter(char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }

// Characters of UTF-8, each taken to be one column wide.
std::size_t Width(const std::string& cell) {
  return static_cast<std::size_t>(std::count_if(cell.begin(), cell.end(), BeginsCharacter));
}

}  // namespace

// C0, DEL, and C1, which UTF-8 writes as C2 80 to C2 9F.
std::string Printable(const std::string& text) {
  std::string printable;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool second_of_c1 = byte >= 0x80 && byte < 0xA0 && !printable.empty() &&
                              static_cast<unsigned char>(printable.back()) == 0xC2;
    if (second_of_c1) printable.pop_back();
    printable += second_of_c1 || byte < 0x20 || byte == 0x7F ? '?' : c;
  }
  return printable;
}

void Table::Add(std::vector<std::string> cells) {
  for (std::string& cell : cells) cell = Printable(cell);
  rows_.push_back(std::move(cells));
}

void Table::Print(std::ostream& output) const {
  std::vector<std::size_t> widths(rows_.front().size());
  for (const auto& row : rows_) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], Width(row[i]));
  }
  for (const auto& row : rows_) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      output << row[i];
      if (i + 1 < row.size()) output << std::string(widths[i] - Width(row[i]), ' ') << kGap;
    }
    output << "\n";
  }
}

}  // namespace smartcontacts::cli
