// How far a long piece of work is, on a terminal.

#ifndef SMART_CONTACTS_CLIENT_PROGRAMS_PROGRESS_BAR_H_
#define SMART_CONTACTS_CLIENT_PROGRAMS_PROGRESS_BAR_H_

#include <cstdint>

namespace smartcontacts::client {

// One line on standard error, or nothing at all if that is no terminal. Gone with the object.
class ProgressBar {
 public:
  ProgressBar();
  ~ProgressBar();
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;

  void Show(std::int64_t done, std::int64_t total);

 private:
  const bool terminal_;
};

}  // namespace smartcontacts::client

#endif  // SMART_CONTACTS_CLIENT_PROGRAMS_PROGRESS_BAR_H_
