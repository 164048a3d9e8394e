#include "client/programs/progress_bar.h"

#include <unistd.h>

#include <algorithm>
#include <iostream>
#include <string>

namespace smartcontacts::client {
namespace {

constexpr std::int64_t kWidth = 40;

}  // namespace

ProgressBar::ProgressBar() : terminal_(isatty(STDERR_FILENO) == 1) {}

ProgressBar::~ProgressBar() {
  if (terminal_) std::cerr << "\r\033[K" << std::flush;
}

void ProgressBar::Show(std::int64_t done, std::int64_t total) {
  if (!terminal_ || total <= 0) return;
  const double part = std::clamp(static_cast<double>(done) / static_cast<double>(total), 0.0, 1.0);
  const auto filled = static_cast<std::size_t>(part * kWidth);
  std::cerr << "\r[" << std::string(filled, '#') << std::string(kWidth - filled, ' ') << "] "
            << static_cast<int>(part * 100) << " %" << std::flush;
}

}  // namespace smartcontacts::client
