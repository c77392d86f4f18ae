#include "runtime/file_writers.h"

#include <algorithm>
#include <cerrno>
#include <string>
#include <utility>

#include "base/concat.h"
#include "base/text.h"
#include "os/line_appender.h"
#include "os/pipe.h"
#include "os/worker.h"
#include "runtime/app_user.h"

namespace pmx::runtime {
namespace {

// A burst that a file takes more slowly than stdout does.
constexpr std::size_t kPipeSize = 256 * 1024;

os::AppendedFiles paths_of(const LogFiles& files, unsigned id) {
  if (files.are_shared) return {files.out, files.error, files.both};
  return {numbered_path(files.out, id), numbered_path(files.error, id),
          numbered_path(files.both, id)};
}

}  // namespace

FileWriters::FileWriters(const Roster& roster, os::Poller& poller, Announcer& announcer)
    : roster_(roster), poller_(poller), announcer_(announcer), writers_(roster.size()) {}

os::Token FileWriters::token(InstanceId instance, unsigned part) noexcept {
  const auto slot = static_cast<unsigned>(instance) * 4 + part;
  return {os::Token::Kind::file_writer, static_cast<std::uint16_t>(slot), 0};
}

bool FileWriters::prepare(InstanceId instance) noexcept {
  std::unique_ptr<Writer>& writer = at(instance);
  const Place& place = roster_[instance];
  const LogFiles& files = place.app->log_files;
  const bool is_there = writer && writer->ways[0].pipe && writer->ways[1].pipe;
  if (is_there && files == writer->files && place.known_as == writer->id) return false;
  shut(writer);
  if (!files.any()) return false;
  writer = std::make_unique<Writer>(files, place.known_as);
  const auto started = start(instance, *writer);
  if (!started) say(instance, concat("nobody writes its files: ", os::describe(started.error())));
  return started.has_value();
}

std::expected<void, os::OsError> FileWriters::start(InstanceId instance, Writer& writer) noexcept {
  auto out = os::make_pipe();
  auto error = os::make_pipe();
  if (!out) return std::unexpected(out.error());
  if (!error) return std::unexpected(error.error());
  for (const int end : {out->write_end.get(), error->write_end.get()}) {
    os::enlarge_pipe(end, kPipeSize);
    os::never_block(end);
  }
  os::AppendedFiles paths = paths_of(writer.files, writer.id);
  const os::FileUser app = user_of(roster_[instance].app->process);
  paths.app = &app;
  const std::array handed{out->read_end.get(), error->read_end.get()};
  auto worker = os::start_worker([&] { os::append_lines(paths); }, handed);
  if (!worker) return std::unexpected(worker.error());
  workers_.push_back(worker->pid);
  writer.ways[0].pipe = std::move(out->write_end);
  writer.ways[1].pipe = std::move(error->write_end);
  writer.answer = std::move(worker->answer);
  static_cast<void>(
      poller_.watch(writer.answer.get(), os::Interest::readable, token(instance, kAnswer)));
  return {};
}

std::size_t FileWriters::pass(InstanceId instance, Stream stream, int pipe, std::size_t limit,
                              Instant now) noexcept {
  const auto which = static_cast<unsigned>(stream);
  Way* const to = way(instance, which);
  if (to == nullptr || !to->pipe || to->is_given_up) return limit;
  if (to->full_since) return 0;
  if (to->owes_line_end) pay_line_end(*to);
  if (to->owes_line_end && begin_wait(instance, which, now)) return 0;
  const auto passed = os::tee_available(pipe, to->pipe.get(), limit);
  if (passed) return *passed == 0 ? limit : *passed;
  if (passed.error().number == EAGAIN) {
    const bool is_full = os::bytes_waiting(pipe) > 0;
    return is_full && begin_wait(instance, which, now) ? 0 : limit;
  }
  to->pipe.reset();
  say(instance,
      concat("nobody writes its files any more: ", os::describe_errno(passed.error().number)));
  return limit;
}

void FileWriters::passed(InstanceId instance, Stream stream, std::string_view bytes) noexcept {
  Way* const to = way(instance, static_cast<unsigned>(stream));
  const bool has_got_it = to != nullptr && !to->is_given_up && !bytes.empty();
  if (has_got_it) to->is_in_line = bytes.back() != '\n';
}

void FileWriters::end_line(InstanceId instance, Stream stream) noexcept {
  Way* const to = way(instance, static_cast<unsigned>(stream));
  if (to == nullptr || !to->pipe || !to->is_in_line) return;
  to->owes_line_end = true;
  if (!to->full_since) pay_line_end(*to);
}

void FileWriters::pay_line_end(Way& to) noexcept {
  if (!os::write_available(to.pipe.get(), "\n")) return;
  to.owes_line_end = to.is_in_line = false;
}

bool FileWriters::begin_wait(InstanceId instance, unsigned stream, Instant now) noexcept {
  Way& to = *way(instance, stream);
  if (!poller_.watch(to.pipe.get(), os::Interest::writable, token(instance, stream))) return false;
  to.full_since = now;
  look_at(now + kPatience);
  return true;
}

void FileWriters::end_wait(InstanceId instance, unsigned stream) noexcept {
  Way* const to = way(instance, stream);
  if (to == nullptr || !to->full_since) return;
  poller_.unwatch(to->pipe.get());
  to->full_since.reset();
  if (!std::exchange(to->is_given_up, false)) return;
  to->owes_line_end = to->is_in_line;
  say(instance, "its files take lines again");
}

bool FileWriters::gives_up(InstanceId instance, unsigned stream, Instant now) noexcept {
  Way* const to = way(instance, stream);
  if (to == nullptr || !to->full_since || to->is_given_up) return false;
  const Instant due = *to->full_since + kPatience;
  if (due > now) {
    look_at(due);
    return false;
  }
  to->is_given_up = true;
  say(instance, "its files have taken nothing for 5 s: until they do, lines go to the log alone");
  return true;
}

void FileWriters::look_at(Instant moment) noexcept { next_look_ = earlier(next_look_, moment); }

void FileWriters::hear(InstanceId instance) noexcept {
  if (!at(instance)) return;
  Writer& writer = *at(instance);
  if (!writer.answer) return;
  std::array<char, 8'192> room;  // two of the longest paths
  const auto count = os::read_available(writer.answer.get(), room);
  if (!count) return;
  std::string_view text(room.data(), *count);
  while (!text.empty()) say(instance, next_field(text, '\n'));
  if (*count > 0) return;
  poller_.unwatch(writer.answer.get());
  writer.answer.reset();
}

void FileWriters::say(InstanceId instance, std::string_view text) noexcept {
  announcer_.say(LogFileNote{instance, text});
}

void FileWriters::shut(std::unique_ptr<Writer>& writer) noexcept {
  if (!writer) return;
  for (Way& to : writer->ways) {
    if (to.full_since) poller_.unwatch(to.pipe.get());
  }
  if (writer->answer) poller_.unwatch(writer->answer.get());
  writer.reset();
}

void FileWriters::close() noexcept {
  for (const auto& writer : writers_) {
    if (!writer) continue;
    for (Way& to : writer->ways) {
      if (to.full_since) poller_.unwatch(to.pipe.get());
      to = {};
    }
  }
  next_look_.reset();
}

bool FileWriters::ended(Pid pid) noexcept { return std::erase(workers_, pid) > 0; }

}  // namespace pmx::runtime
