#include "runtime/termination_log.h"

#include <utility>

#include "os/file.h"
#include "runtime/exit_words.h"

namespace pmx::runtime {
namespace {

// The last whole lines, as many as are wanted and have room; of one that has none its end.
std::string_view last_lines(std::string_view text, std::size_t room) {
  std::size_t begin = text.size();
  for (std::size_t lines = 0; lines < TerminationLog::kMostLines && begin > 0; ++lines) {
    const std::size_t end = text.substr(0, begin - 1).rfind('\n');
    const std::size_t next = end == text.npos ? 0 : end + 1;
    if (text.size() - next > room) {
      if (lines == 0) begin = text.size() - room;
      break;
    }
    begin = next;
  }
  return text.substr(begin);
}

}  // namespace

TerminationLog::TerminationLog(std::string path, std::size_t instances) : path_(std::move(path)) {
  if (!path_.empty() && !os::exists(path_.c_str())) path_.clear();
  make_room(instances);
}

void TerminationLog::make_room(std::size_t instances) noexcept {
  if (!is_wanted()) return;
  endings_.resize(instances);
  for (Ending& ending : endings_) ending.how.reserve(Sentence::kSize);
}

void TerminationLog::keep_stderr(InstanceId instance, std::string_view bytes) noexcept {
  std::string& tail = endings_[static_cast<std::size_t>(instance)].stderr_tail;
  if (bytes.size() > kMostBytes) bytes.remove_prefix(bytes.size() - kMostBytes);
  if (tail.size() + bytes.size() > 2 * kMostBytes) tail.erase(0, tail.size() - kMostBytes);
  tail += bytes;
}

void TerminationLog::ended(InstanceId instance, std::string_view how) noexcept {
  if (is_wanted()) endings_[static_cast<std::size_t>(instance)].how = how;
}

void TerminationLog::forget(InstanceId instance) noexcept {
  if (!is_wanted()) return;
  Ending& ending = endings_[static_cast<std::size_t>(instance)];
  ending.how.clear();
  ending.stderr_tail.clear();
}

void TerminationLog::refused(std::string_view why) noexcept {
  if (is_wanted()) refusal_ = why;
}

void TerminationLog::write(const Roster& roster, std::optional<InstanceId> decider) const noexcept {
  if (!is_wanted()) return;
  if (!decider) {
    if (!refusal_.empty()) overwrite(refusal_, {});
    return;
  }
  const Place& place = roster[*decider];
  const Ending& ending = endings_[static_cast<std::size_t>(*decider)];
  const Text why(place.app->name, "[", place.number, "] ", ending.how);
  overwrite(why.text(), ending.stderr_tail);
}

void TerminationLog::overwrite(std::string_view why, std::string_view stderr_tail) const noexcept {
  why = why.substr(0, kMostBytes - 1);
  const std::string_view lines = last_lines(stderr_tail, kMostBytes - 1 - why.size());
  os::overwrite_file(path_.c_str(), Text(why, "\n", lines).text());
}

}  // namespace pmx::runtime
