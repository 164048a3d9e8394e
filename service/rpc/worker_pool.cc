#include "service/rpc/worker_pool.h"

#include <sys/resource.h>
#include <unistd.h>

#include <utility>

namespace smartcontacts::service {

WorkerPool::WorkerPool(std::size_t thread_count, std::size_t queue_size_max, int niceness)
    : queue_size_max_(queue_size_max) {
  threads_.reserve(thread_count);
  for (std::size_t i = 0; i < thread_count; ++i)
    threads_.emplace_back([this, niceness] { Run(niceness); });
}

WorkerPool::~WorkerPool() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

bool WorkerPool::Submit(std::function<void()> work) {
  {
    MutexLock lock(mutex_);
    if (queue_.size() >= queue_size_max_) {
      ++refusals_;
      return false;
    }
    queue_.push_back(std::move(work));
  }
  changed_.notify_one();
  return true;
}

std::size_t WorkerPool::queue_length() const {
  MutexLock lock(mutex_);
  return queue_.size();
}

void WorkerPool::Run(int niceness) {
  // On Linux each thread has its own.
  if (niceness != 0) setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), niceness);
  while (true) {
    std::function<void()> work;
    {
      MutexLock lock(mutex_);
      while (!stopping_ && queue_.empty()) changed_.wait(mutex_);
      if (queue_.empty()) return;
      work = std::move(queue_.front());
      queue_.pop_front();
    }
    work();
  }
}

}  // namespace smartcontacts::service
