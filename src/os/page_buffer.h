// A large buffer from the arena, or straight from the kernel: untouched it costs no memory, not
// even the page that an allocator would write its bookkeeping into.
#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <cstdlib>
#include <new>
#include <utility>

#include "os/arena.h"

namespace pmx::os {

// Move-only; filled with zeros; begins at a page; of no bytes: nothing. Without memory it does what
// operator new does: the new handler.
class PageBuffer {
 public:
  PageBuffer() noexcept = default;
  explicit PageBuffer(std::size_t size) : size_(size) {
    if (size == 0) return;
    data_ = static_cast<char*>(take_from_arena(size, kPage));
    if (data_ != nullptr) return;
    void* const pages =
        ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (pages == MAP_FAILED) {
      if (const auto handler = std::get_new_handler()) handler();
      std::abort();
    }
    data_ = static_cast<char*>(pages);
  }
  PageBuffer(PageBuffer&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}
  PageBuffer& operator=(PageBuffer&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    return *this;
  }
  ~PageBuffer() {
    if (data_ != nullptr && !is_in_arena(data_)) ::munmap(data_, size_);
  }

  // What is in it is no longer needed: its pages are the kernel's again, and filled with zeros.
  void give_back() noexcept {
    if (data_ != nullptr) ::madvise(data_, size_, MADV_DONTNEED);
  }

  [[nodiscard]] char* get() const noexcept { return data_; }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }

 private:
  char* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace pmx::os
