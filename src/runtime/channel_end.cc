#include "runtime/channel_end.h"

#include <fcntl.h>

#include <cerrno>
#include <cstring>

#include "os/local_socket.h"

namespace pmx::runtime {
namespace {

constexpr std::size_t kPiece = 64 * 1024;
constexpr std::size_t kMostUnsent = 64 * 1024;

bool is_shortage(int error) noexcept {
  return error == ETOOMANYREFS || error == ENOMEM || error == ENOBUFS;
}

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
  attached_.clear();
  is_short_ = false;
}

std::span<char> ChannelEnd::room() const noexcept { return {in_.get() + left_, kPiece}; }

void ChannelEnd::keep_from(std::size_t begin, std::size_t end) noexcept {
  left_ = end - begin;
  if (begin > 0 && left_ > 0) std::memmove(in_.get(), in_.get() + begin, left_);
  if (end > kPiece) has_been_large_ = true;
  // A heap snapshot once in a while is no reason to keep a megabyte.
  if (left_ == 0 && std::exchange(has_been_large_, false)) in_.give_back();
}

bool ChannelEnd::send(std::string_view bytes) noexcept { return take(bytes) && flush(); }

bool ChannelEnd::send(std::string_view bytes, int descriptor) noexcept {
  const std::size_t before = unsent_end_ - unsent_begin_;
  if (!take(bytes)) return false;
  attached_.push_back({before, descriptor});
  if (!flush()) return false;
  if (attached_.empty()) return true;
  Attached& waits = attached_.back();
  waits.copy = os::UniqueFd(::fcntl(descriptor, F_DUPFD_CLOEXEC, 0));
  waits.descriptor = waits.copy.get();
  if (waits.copy) return true;
  unsent_end_ = waits.at;  // it goes with the first of its bytes, so none of them has gone
  attached_.pop_back();
  return false;
}

bool ChannelEnd::take(std::string_view bytes) noexcept {
  if (!is_open() || bytes.size() > kMostUnsent - (unsent_end_ - unsent_begin_)) return false;
  std::memmove(out_.get(), out_.get() + unsent_begin_, unsent_end_ - unsent_begin_);
  for (Attached& attached : attached_) attached.at -= unsent_begin_;
  unsent_end_ -= std::exchange(unsent_begin_, 0);
  bytes.copy(out_.get() + unsent_end_, bytes.size());
  unsent_end_ += bytes.size();
  return true;
}

bool ChannelEnd::flush() noexcept {
  is_short_ = false;
  while (has_unsent()) {
    const bool has_descriptor = !attached_.empty() && attached_.front().at == unsent_begin_;
    const std::size_t behind = has_descriptor ? 1 : 0;
    const std::size_t end = attached_.size() > behind ? attached_[behind].at : unsent_end_;
    const std::string_view piece{out_.get() + unsent_begin_, end - unsent_begin_};
    const auto sent = has_descriptor
                          ? os::send_with_descriptor(fd(), piece, attached_.front().descriptor)
                          : os::send_some(fd(), piece);
    if (!sent && is_shortage(sent.error().number)) {
      is_short_ = true;
      return true;
    }
    if (!sent) {  // That it is closed is seen by reading: what was said before comes first.
      unsent_begin_ = unsent_end_;
      attached_.clear();
      return false;
    }
    if (*sent == 0) return true;
    if (has_descriptor) attached_.erase(attached_.begin());
    unsent_begin_ += *sent;
  }
  return true;
}

}  // namespace pmx::runtime
