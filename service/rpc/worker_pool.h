// Threads for work that may block, so that it never occupies one of gRPC's. Bounded on both sides:
// a fixed number of threads, a queue with a limit.

#ifndef SMART_CONTACTS_SERVICE_RPC_WORKER_POOL_H_
#define SMART_CONTACTS_SERVICE_RPC_WORKER_POOL_H_

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "domain/mutex.h"

namespace smartcontacts::service {

// Safe for concurrent use.
class WorkerPool {
 public:
  // With `niceness` the threads run after others on a busy machine; see setpriority(2).
  WorkerPool(std::size_t thread_count, std::size_t queue_size_max, int niceness = 0);
  // Finishes all work that was taken on.
  ~WorkerPool();

  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  // Runs `work` on one of the threads, later. False if the queue is full: `work` is dropped.
  [[nodiscard]] bool Submit(std::function<void()> work);

  // Work that waits for a thread, and how much of it the queue takes.
  std::size_t queue_length() const;
  std::size_t queue_length_max() const { return queue_size_max_; }
  // How often the queue was full.
  std::int64_t refusals() const { return refusals_; }

 private:
  void Run(int niceness);

  const std::size_t queue_size_max_;
  std::atomic<std::int64_t> refusals_ = 0;
  mutable Mutex mutex_;
  std::condition_variable_any changed_;
  std::deque<std::function<void()>> queue_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<std::thread> threads_;
};

}  // namespace smartcontacts::service

#endif  // SMART_CONTACTS_SERVICE_RPC_WORKER_POOL_H_
