// When the lines were read that a stream holds back: if they turn out not to belong together, each
// has a time of its own.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>

#include "base/time.h"

namespace pmx {

// Lines at the front of what is not consumed yet, by the reads that brought them.
class HeldLines {
 public:
  // When the line was read that begins at this byte; `otherwise` if it is not held.
  [[nodiscard]] WallTime time_at(std::size_t offset, WallTime otherwise) const noexcept {
    for (std::size_t i = 0; i < count_; ++i) {
      if (offset < reads_[i].end) return {first_.microseconds + reads_[i].later};
    }
    return otherwise;
  }

  // No more can be remembered. Who writes a message writes it at once: it is none.
  [[nodiscard]] bool is_full() const noexcept { return count_ == reads_.size(); }

  // So many bytes at the front are whole lines that wait; of those that did not before, the newest
  // were read `now`.
  void hold(std::size_t bytes, WallTime now) noexcept {
    if (count_ > 0 && bytes <= reads_[count_ - 1].end) return;
    if (count_ == 0) first_ = now;
    if (is_full()) return;
    const auto later = std::clamp<std::int64_t>(now.microseconds - first_.microseconds, 0,
                                                std::numeric_limits<std::uint32_t>::max());
    reads_[count_++] = {static_cast<std::uint32_t>(bytes), static_cast<std::uint32_t>(later)};
  }

  void consume(std::size_t bytes) noexcept {
    std::size_t left = 0;
    for (std::size_t i = 0; i < count_; ++i) {
      if (reads_[i].end > bytes) {
        reads_[left++] = {static_cast<std::uint32_t>(reads_[i].end - bytes), reads_[i].later};
      }
    }
    count_ = left;
  }

 private:
  static constexpr std::size_t kMostReads = 12;  // there are two of these for each process

  struct Read {
    std::uint32_t end;    // of its lines
    std::uint32_t later;  // microseconds after the first
  };
  WallTime first_;
  std::size_t count_ = 0;
  std::array<Read, kMostReads> reads_;  // as far as they are counted
};

}  // namespace pmx
