// Our end of the channel to one process of Node: bytes in both directions, each within a bound.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "codec/channel.h"
#include "os/page_buffer.h"
#include "os/pipe.h"
#include "os/unique_fd.h"

namespace pmx::runtime {

class ChannelEnd {
 public:
  // Allocates the first time.
  void open(os::UniqueFd fd);
  void close() noexcept;
  [[nodiscard]] bool is_open() const noexcept { return static_cast<bool>(fd_); }
  [[nodiscard]] int fd() const noexcept { return fd_.get(); }

  // Reads once, at most 64 KiB, and calls `take(message)` for each message that is whole now. False
  // when there was nothing to read, or nobody holds the other end any more: then it is closed.
  template <class Take>
  bool read(Take take) noexcept {
    const auto count = os::read_available(fd(), room());
    if (count == 0) close();
    if (count.value_or(0) == 0) return false;
    const std::size_t filled = left_ + *count;
    keep_from(framing_.split({in_.get(), filled}, take), filled);
    return true;
  }
  // Messages of more than kLongestMessage, since it was opened.
  [[nodiscard]] std::uint64_t over_long() const noexcept { return framing_.over_long(); }

  // All of it or nothing: false when it is closed, or who is at the other end has not read so much
  // that there is no room.
  [[nodiscard]] bool send(std::string_view bytes) noexcept;
  // The same with a descriptor. Where that has to wait, it is a copy that does; false, too, when
  // there can be none.
  [[nodiscard]] bool send(std::string_view bytes, int descriptor) noexcept;
  [[nodiscard]] bool has_unsent() const noexcept { return unsent_begin_ < unsent_end_; }
  // False: nobody is at the other end.
  bool flush() noexcept;
  // The last attempt met a shortage of the kernel's: flush again after a while, and not when it can
  // be written to, which it may be already.
  [[nodiscard]] bool is_short() const noexcept { return is_short_; }

 private:
  [[nodiscard]] std::span<char> room() const noexcept;
  [[nodiscard]] bool take(std::string_view bytes) noexcept;
  void keep_from(std::size_t begin, std::size_t end) noexcept;

  os::UniqueFd fd_;
  MessageFraming framing_;
  os::PageBuffer in_;
  std::size_t left_ = 0;         // bytes in it that are no whole message yet
  bool has_been_large_ = false;  // more than one piece was in it
  os::PageBuffer out_;
  std::size_t unsent_begin_ = 0;
  std::size_t unsent_end_ = 0;
  struct Attached {
    std::size_t at;  // in the buffer: it goes with this byte
    int descriptor;
    os::UniqueFd copy{};  // whose number nobody else can get meanwhile
  };
  std::vector<Attached> attached_;  // in their order
  bool is_short_ = false;
};

}  // namespace pmx::runtime
