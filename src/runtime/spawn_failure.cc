#include "runtime/spawn_failure.h"

#include <cerrno>
#include <string>
#include <string_view>
#include <vector>

#include "base/concat.h"
#include "base/utf8.h"
#include "os/file.h"
#include "os/os_error.h"
#include "os/spawn_plan.h"

namespace pmx::runtime {
namespace {

std::string listed(const std::vector<unsigned>& numbers) {
  std::string text;
  for (const unsigned n : numbers) append(text, text.empty() ? "" : ",", n);
  return text;
}

// A path may have 4 KiB, and the reason behind it must not be cut off.
std::string with_short_middle(std::string_view text) {
  constexpr std::size_t kLongest = 240;
  if (text.size() <= kLongest) return std::string(text);
  std::size_t begin = kLongest / 2;
  std::size_t end = text.size() - kLongest / 2;
  while (begin > 0 && is_continuation(text[begin])) --begin;
  while (end < text.size() && is_continuation(text[end])) ++end;
  return concat(text.substr(0, begin), "…", text.substr(end));
}

// What the step was done to.
std::string object_of(const SpawnError& error, const ProcessSettings& settings,
                      const std::string& program) {
  switch (error.stage) {
    case SpawnStage::execution:
      return program;
    case SpawnStage::directory:
      return settings.directory;
    case SpawnStage::user:
      return std::to_string(settings.user.value_or(0));
    case SpawnStage::group:
      return std::to_string(settings.group.value_or(0));
    case SpawnStage::oom_score:
      return concat("to ", settings.oom_score_adjustment.value_or(0));
    case SpawnStage::niceness:
      return concat("to ", settings.niceness.value_or(0));
    case SpawnStage::resource_limit:
      return std::string(name_of(kResources, static_cast<int>(error.item)));
    case SpawnStage::processors:
      return listed(settings.processors);
    case SpawnStage::sockets:
      return settings.sockets[error.item].text;
    case SpawnStage::output_pipes:
    case SpawnStage::channel:
    case SpawnStage::new_process:
    case SpawnStage::session:
    case SpawnStage::process_group:
    case SpawnStage::descriptors:
    case SpawnStage::bounding_set:
    case SpawnStage::groups:
    case SpawnStage::capabilities:
    case SpawnStage::ambient_set:
    case SpawnStage::no_new_privileges:
    case SpawnStage::parent_death_signal:
    case SpawnStage::signal_mask:
      return {};
  }
  return {};
}

// Where the child has looked for it.
bool is_there(const std::string& program, const ProcessSettings& settings) {
  if (program.contains('/')) {
    const std::string folder = os::absolute_path(settings.directory);
    return os::exists(os::path_from(folder, program).c_str());
  }
  const char* const path = settings.environment.find("PATH");
  return !os::find_program(program, path == nullptr ? os::kDefaultPath : path).empty();
}

// What to do about it, where the kernel's answer has a usual reason.
std::string_view advice(const SpawnError& error, const ProcessSettings& settings,
                        const std::string& program) {
  const int number = error.error_number;
  if (number == EPERM) {
    switch (error.stage) {
      case SpawnStage::user:
        return "add the capability CAP_SETUID";
      case SpawnStage::group:
      case SpawnStage::groups:
        return "add the capability CAP_SETGID";
      case SpawnStage::bounding_set:
        return "add the capability CAP_SETPCAP";
      case SpawnStage::niceness:
        return "add the capability CAP_SYS_NICE";
      case SpawnStage::resource_limit:
        return "add the capability CAP_SYS_RESOURCE";
      // Others have no single reason.
      default:
        return {};
    }
  }
  if (number == EACCES && (error.stage == SpawnStage::niceness))
    return "add the capability CAP_SYS_NICE";
  if (number == EACCES && (error.stage == SpawnStage::oom_score))
    return "add the capability CAP_SYS_RESOURCE";
  if (error.stage == SpawnStage::sockets && number == EACCES)
    return "ports below 1024 need the capability CAP_NET_BIND_SERVICE";
  if (error.stage == SpawnStage::new_process && number == EAGAIN)
    return "raise the limit on processes";
  if (error.stage == SpawnStage::execution && number == ENOENT) {
    if (is_there(program, settings)) {
      return "the file is there, but not the interpreter that its first line names, or its loader";
    }
    const bool is_own = program == settings.arguments.front();
    if (is_own && !settings.if_missing.empty()) return settings.if_missing;
    if (!program.contains('/')) return "it is in no folder of PATH";
  }
  return {};
}

}  // namespace

std::string describe_spawn_failure(const SpawnError& error, const ProcessSettings& settings,
                                   const std::vector<std::string>& command) {
  const std::string& program = command.front();
  std::string sentence(phrase(error.stage));
  if (const std::string object = object_of(error, settings, program); !object.empty()) {
    append(sentence, " ", with_short_middle(object));
  }
  append(sentence, ": ", os::describe_errno(error.error_number));
  if (const std::string_view hint = advice(error, settings, program); !hint.empty()) {
    append(sentence, " (", hint, ")");
  }
  return sentence;
}

}  // namespace pmx::runtime
