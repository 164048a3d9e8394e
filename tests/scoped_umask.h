// The mode bits that new files do without, for a test that asks which mode they get.

#ifndef SMART_CONTACTS_TESTS_SCOPED_UMASK_H_
#define SMART_CONTACTS_TESTS_SCOPED_UMASK_H_

#include <sys/stat.h>

namespace smartcontacts {

// Of the whole process, until the object is gone.
class ScopedUmask {
 public:
  explicit ScopedUmask(mode_t mask) : before_(umask(mask)) {}
  ~ScopedUmask() { umask(before_); }
  ScopedUmask(const ScopedUmask&) = delete;
  ScopedUmask& operator=(const ScopedUmask&) = delete;

 private:
  const mode_t before_;
};

}  // namespace smartcontacts

#endif  // SMART_CONTACTS_TESTS_SCOPED_UMASK_H_
