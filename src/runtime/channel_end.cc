#include "runtime/channel_end.h"

#include <cstring>

#include "os/local_socket.h"

namespace pmx::runtime {
namespace {

constexpr std::size_t kPiece = 64 * 1024;
constexpr std::size_t kMostUnsent = 64 * 1024;

}  // namespace

void ChannelEnd::open(os::UniqueFd fd) {
  close();
  if (in_.size() == 0) {
    in_ = os::PageBuffer(kLongestMessage + kPiece);
    out_ = os::PageBuffer(kMostUnsent);
  }
  fd_ = std::move(fd);
  framing_ = MessageFraming();
}

void ChannelEnd::close() noexcept {
  fd_.reset();
  keep_from(left_, left_);
  unsent_begin_ = unsent_end_ = 0;
}

std::span<char> ChannelEnd::room() const noexcept { return {in_.get() + left_, kPiece}; }

void ChannelEnd::keep_from(std::size_t begin, std::size_t end) noexcept {
  left_ = end - begin;
  if (begin > 0 && left_ > 0) std::memmove(in_.get(), in_.get() + begin, left_);
  if (end > kPiece) has_been_large_ = true;
  // A heap snapshot once in a while is no reason to keep a megabyte.
  if (left_ == 0 && std::exchange(has_been_large_, false)) in_.give_back();
}

bool ChannelEnd::send(std::string_view bytes) noexcept {
  if (!is_open() || bytes.size() > kMostUnsent - (unsent_end_ - unsent_begin_)) return false;
  std::memmove(out_.get(), out_.get() + unsent_begin_, unsent_end_ - unsent_begin_);
  unsent_end_ -= std::exchange(unsent_begin_, 0);
  bytes.copy(out_.get() + unsent_end_, bytes.size());
  unsent_end_ += bytes.size();
  return flush();
}

bool ChannelEnd::flush() noexcept {
  const auto sent = os::send_some(fd(), {out_.get() + unsent_begin_, unsent_end_ - unsent_begin_});
  // That it is closed is seen by reading: what was said before comes first.
  unsent_begin_ = sent ? unsent_begin_ + *sent : unsent_end_;
  return sent.has_value();
}

}  // namespace pmx::runtime
