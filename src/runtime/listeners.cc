#include "runtime/listeners.h"

#include <algorithm>
#include <string>
#include <utility>
#include <variant>

#include "os/listener.h"
#include "os/local_socket.h"

namespace pmx::runtime {
namespace {

std::expected<os::UniqueFd, os::OsError> open(const ListeningSocket& wanted) {
  if (const auto* path = std::get_if<std::string>(&wanted.address)) {
    return os::listen_for_program(*path, wanted.backlog);
  }
  return os::listen_at(std::get<Endpoint>(wanted.address), {.backlog = wanted.backlog,
                                                            .takes_v4 = wanted.is_any_address,
                                                            .falls_back = wanted.is_any_address});
}

}  // namespace

std::expected<std::vector<int>, SpawnError> Listeners::open_for(const App& app) {
  std::vector<int> sockets;
  for (const ListeningSocket& wanted : app.process.sockets) {
    auto known = std::ranges::find(open_, wanted.address,
                                   [](const Listener& listener) { return listener.what.address; });
    if (known == open_.end()) {
      auto opened = open(wanted);
      if (!opened) {
        const auto item = static_cast<unsigned>(sockets.size());
        return std::unexpected(SpawnError{SpawnStage::sockets, opened.error().number, item});
      }
      known = open_.insert(known, {wanted, std::move(*opened)});
    }
    if (std::exchange(known->what.backlog, wanted.backlog) != wanted.backlog) {
      os::set_backlog(known->fd.get(), wanted.backlog);
    }
    sockets.push_back(known->fd.get());
  }
  return sockets;
}

void Listeners::keep_those_of(const Roster& roster) {
  const auto is_wanted = [&roster](const Listener& listener) {
    return std::ranges::any_of(roster, [&listener](const Place& place) {
      const auto has_it = [&listener](const ListeningSocket& wanted) {
        return wanted.address == listener.what.address;
      };
      return !place.is_free && std::ranges::any_of(place.app->process.sockets, has_it);
    });
  };
  std::erase_if(open_, [&is_wanted](const Listener& listener) { return !is_wanted(listener); });
}

}  // namespace pmx::runtime
