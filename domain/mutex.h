// Mutexes that both of our checkers understand: clang's thread-safety analysis by the annotations,
// and ThreadSanitizer because they are the standard library's. (Debian's Abseil is not built for
// ThreadSanitizer, which therefore takes everything under an absl::Mutex for a race.)

#ifndef SMART_CONTACTS_DOMAIN_MUTEX_H_
#define SMART_CONTACTS_DOMAIN_MUTEX_H_

#include <shared_mutex>

#include "absl/base/thread_annotations.h"

namespace smartcontacts {

// Exclusive or shared, not recursive. Meets the standard's SharedLockable, so that a
// std::condition_variable_any can wait with it.
class ABSL_LOCKABLE Mutex {
 public:
  void lock() ABSL_EXCLUSIVE_LOCK_FUNCTION() { mutex_.lock(); }
  void unlock() ABSL_UNLOCK_FUNCTION() { mutex_.unlock(); }
  void lock_shared() ABSL_SHARED_LOCK_FUNCTION() { mutex_.lock_shared(); }
  void unlock_shared() ABSL_UNLOCK_FUNCTION() { mutex_.unlock_shared(); }

 private:
  std::shared_mutex mutex_;
};

// Holds a mutex alone while it lives.
class ABSL_SCOPED_LOCKABLE MutexLock {
 public:
  explicit MutexLock(Mutex& mutex) ABSL_EXCLUSIVE_LOCK_FUNCTION(mutex) : mutex_(mutex) {
    mutex_.lock();
  }
  ~MutexLock() ABSL_UNLOCK_FUNCTION() { mutex_.unlock(); }
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

 private:
  Mutex& mutex_;
};

// Holds a mutex together with other readers while it lives.
class ABSL_SCOPED_LOCKABLE ReaderMutexLock {
 public:
  explicit ReaderMutexLock(Mutex& mutex) ABSL_SHARED_LOCK_FUNCTION(mutex) : mutex_(mutex) {
    mutex_.lock_shared();
  }
  ~ReaderMutexLock() ABSL_UNLOCK_FUNCTION() { mutex_.unlock_shared(); }
  ReaderMutexLock(const ReaderMutexLock&) = delete;
  ReaderMutexLock& operator=(const ReaderMutexLock&) = delete;

 private:
  Mutex& mutex_;
};

}  // namespace smartcontacts

#endif  // SMART_CONTACTS_DOMAIN_MUTEX_H_
