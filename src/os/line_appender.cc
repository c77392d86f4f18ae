#include "os/line_appender.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <optional>
#include <string_view>
#include <utility>

#include "base/concat.h"
#include "os/file_user.h"
#include "os/os_error.h"
#include "os/pipe.h"
#include "os/unique_fd.h"
#include "os/worker.h"

namespace pmx::os {
namespace {

constexpr std::size_t kReadSize = 64 * 1024;
// A line without an end is not waited for any longer than this.
constexpr std::size_t kLongestLine = 1U << 20;

void make_folders_above(const std::string& path) {
  for (std::size_t at = path.find('/', 1); at != std::string::npos; at = path.find('/', at + 1)) {
    ::mkdir(path.substr(0, at).c_str(), 0777);
  }
}

// It could have the path lead anywhere then: what it could not open itself is not opened there.
bool has_a_part_of(const FileUser& user, const std::string& path) {
  if (!user.user || *user.user == ::geteuid()) return false;
  for (std::size_t at = 0; at != std::string::npos;) {
    at = path.find('/', at + 1);
    const std::string name = path.substr(0, at);
    struct stat part{};
    if (::lstat(name.c_str(), &part) < 0) return false;
    if (part.st_uid == *user.user) return true;
    const bool leads_there = S_ISLNK(part.st_mode) && ::stat(name.c_str(), &part) == 0;
    if (leads_there && part.st_uid == *user.user) return true;
  }
  return false;
}

class File {
 public:
  File(std::string path, const FileUser* app) : path_(std::move(path)), app_(app) {}

  // Of that stream, which goes on where it ended, with a line too if no other has come between.
  void append(std::string_view bytes, const void* stream) {
    if (path_.empty() || bytes.empty() || leads_to_the_log()) return;
    if (!is_the_one_there() && !open()) return complain();
    const bool goes_on = stream == last_;
    if (is_in_line_ && !goes_on && !write("\n")) return;
    last_ = write(bytes) ? stream : nullptr;
  }

 private:
  bool write(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t count = ::write(fd_.get(), bytes.data(), bytes.size());
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) {
        complain();
        return false;
      }
      is_in_line_ = bytes[static_cast<std::size_t>(count) - 1] != '\n';
      bytes.remove_prefix(static_cast<std::size_t>(count));
    }
    return true;
  }
  bool open() {
    std::optional<ActingAs> somebody;
    if (app_ != nullptr && has_a_part_of(*app_, path_)) somebody.emplace(*app_);
    make_folders_above(path_);
    fd_ =
        UniqueFd{::open(path_.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0666)};
    is_in_line_ = false;
    return static_cast<bool>(fd_);
  }
  // Who rotates files moves this one away.
  [[nodiscard]] bool is_the_one_there() const noexcept {
    struct stat there{};
    struct stat ours{};
    return fd_ && ::stat(path_.c_str(), &there) == 0 && ::fstat(fd_.get(), &ours) == 0 &&
           is_same(there, ours);
  }
  // Where the lines are already: images link their log files to /dev/stdout.
  [[nodiscard]] bool leads_to_the_log() const noexcept {
    struct stat there{};
    if (::stat(path_.c_str(), &there) < 0) return false;
    const auto is_there = [&there](int fd) {
      struct stat ours{};
      return ::fstat(fd, &ours) == 0 && is_same(there, ours);
    };
    return is_there(STDOUT_FILENO) || is_there(STDERR_FILENO);
  }
  [[nodiscard]] static bool is_same(const struct stat& one, const struct stat& other) noexcept {
    return one.st_ino == other.st_ino && one.st_dev == other.st_dev;
  }
  void complain() {
    const int why = errno;
    if (std::exchange(has_complained_, true)) return;
    tell(concat("cannot append to ", path_, ": ", describe_errno(why), "\n"));
  }

  std::string path_;
  const FileUser* app_;
  UniqueFd fd_;
  const void* last_ = nullptr;  // the stream that all of the last bytes were of
  bool is_in_line_ = false;
  bool has_complained_ = false;
};

class Lines {
 public:
  Lines(int pipe, File& own, File& both) : pipe_(pipe), own_(own), both_(both) {}

  [[nodiscard]] pollfd interest() const noexcept { return {pipe_.get(), POLLIN, 0}; }
  [[nodiscard]] bool is_open() const noexcept { return static_cast<bool>(pipe_); }

  void take() {
    const std::size_t before = text_.size();
    text_.resize(before + kReadSize);
    const auto count = read_available(pipe_.get(), {text_.data() + before, kReadSize});
    text_.resize(before + count.value_or(0));
    const std::size_t end = text_.rfind('\n');
    const bool is_at_end = count && *count == 0;
    if (is_at_end) pipe_.reset();
    if (is_at_end || text_.size() > kLongestLine) return append(text_.size());
    if (end != std::string::npos) append(end + 1);
  }

 private:
  void append(std::size_t size) {
    own_.append(std::string_view(text_).substr(0, size), this);
    both_.append(std::string_view(text_).substr(0, size), this);
    text_.erase(0, size);
  }

  UniqueFd pipe_;
  File& own_;
  File& both_;
  std::string text_;
};

}  // namespace

void append_lines(const AppendedFiles& files) {
  ::prctl(PR_SET_NAME, "pmx-log-files");
  File out(files.out, files.app);
  File error(files.error, files.app);
  File both(files.both, files.app);
  // Two streams into one file: their lines are not cut, which two writers could not promise.
  const bool is_same = files.out == files.error;
  std::array streams{Lines(kFirstHanded, out, both),
                     Lines(kFirstHanded + 1, is_same ? out : error, both)};
  while (streams[0].is_open() || streams[1].is_open()) {
    std::array<pollfd, 2> polled{streams[0].interest(), streams[1].interest()};
    if (::poll(polled.data(), polled.size(), -1) < 0) continue;
    for (std::size_t i = 0; i < streams.size(); ++i) {
      if (polled[i].revents != 0) streams[i].take();
    }
  }
}

}  // namespace pmx::os
