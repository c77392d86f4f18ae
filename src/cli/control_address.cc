#include "cli/control_address.h"

#include <sys/stat.h>

#include <algorithm>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "base/concat.h"
#include "base/exit_code.h"
#include "base/text.h"
#include "os/file.h"
#include "os/process.h"

namespace pmx::cli {
namespace {

constexpr std::size_t kLongestTable = 16 * 1024 * 1024;  // of /proc/net/unix

os::LocalAddress address_of_init() {
  struct stat status{};
  if (::stat("/proc/self/ns/pid", &status) < 0) return {};
  return concat("@pmx-init.", status.st_ino);
}

// The last column of /proc/net/unix is the name, "@" for the null byte of abstract ones (proc(5)).
std::vector<os::LocalAddress> addresses_beside(const os::LocalAddress& of_init) {
  std::vector<os::LocalAddress> found;
  const auto table = os::read_file("/proc/net/unix", kLongestTable);
  if (!table || of_init.empty()) return found;
  std::string_view rest(*table);
  while (!rest.empty()) {
    const std::string_view line = next_field(rest, '\n');
    const std::string_view name = line.substr(std::min(line.rfind(' '), line.size() - 1) + 1);
    const bool is_one = name == of_init || name.starts_with(concat(of_init, "."));
    if (is_one && std::ranges::find(found, name) == found.end()) found.emplace_back(name);
  }
  return found;
}

std::unexpected<ControlFailure> nobody(std::string sentence) {
  return std::unexpected(ControlFailure{number(ExitCode::nobody_answers), std::move(sentence)});
}

std::expected<os::LocalAddress, ControlFailure> find_address(const std::string& chosen) {
  if (!chosen.empty()) return chosen;
  const char* const variable = std::getenv("PMX_CONTROL");
  if (variable != nullptr && *variable != '\0') return variable;
  os::LocalAddress of_init = address_of_init();
  const auto found = addresses_beside(of_init);
  if (std::ranges::find(found, of_init) != found.end()) return of_init;
  if (found.empty()) {
    return nobody(
        "no pmx-init that supervises answers in this container; is it started as \"pmx-init run "
        "...\", and not with --control off?");
  }
  if (found.size() == 1) return found.front();
  std::string sentence = "several answer; choose one by --control:";
  for (const os::LocalAddress& one : found) append(sentence, " ", one);
  return std::unexpected(ControlFailure{number(ExitCode::usage), sentence});
}

}  // namespace

os::LocalAddress own_control_address() {
  os::LocalAddress address = address_of_init();
  if (!address.empty() && !os::is_init()) {
    append(address, ".", static_cast<int>(os::own_pid()));
  }
  return address;
}

std::expected<os::UniqueFd, ControlFailure> connect_to_running(const std::string& chosen) {
  const auto address = find_address(chosen);
  if (!address) return std::unexpected(address.error());
  auto fd = os::connect_to(*address);
  if (!fd) {
    return nobody(
        concat("no pmx-init answers at ", *address, ": ", os::describe_errno(fd.error().number)));
  }
  const auto peer = os::peer_of(fd->get());
  // Nobody else can be PID 1 of this namespace.
  if (!peer || (peer->uid != 0 && peer->uid != os::own_user() && peer->pid != 1)) {
    return nobody(
        concat("who answers at ", *address, " is neither root nor this user, so nothing was sent"));
  }
  if (peer->pid == 0) {
    return nobody(
        concat("who answers at ", *address, " runs in another container, so nothing was sent"));
  }
  return std::move(*fd);
}

}  // namespace pmx::cli
