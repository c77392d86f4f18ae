#include "codec/manifest_image.h"

#include <cstdint>
#include <cstring>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace pmx {
namespace {

class Writer {
 public:
  void bytes(const void* from, std::size_t size) {
    text_.append(static_cast<const char*>(from), size);
  }
  std::size_t count(std::size_t size) {
    bytes(&size, sizeof size);
    return size;
  }
  void pass(std::string& text) {
    count(text.size());
    bytes(text.data(), text.size());
  }
  void pass(Environment& environment) {
    const Environment before = environment.before_steps();
    std::size_t size = 0;
    while (before.data()[size] != nullptr) ++size;
    count(size);
    for (std::size_t i = 0; i < size; ++i) pass(before.data()[i]);
    count(environment.steps().size());
    for (const auto& [assignment, origin] : environment.steps()) {
      pass(assignment == nullptr ? std::string_view{} : *assignment);
      const bool has_origin = origin != nullptr;
      bytes(&has_origin, sizeof has_origin);
      if (has_origin) pass(*origin);
    }
    count(environment.hidden().size());
    for (const auto& [name, origin] : environment.hidden()) {
      pass(std::string_view(name));
      pass(origin);
    }
  }
  std::string take() { return std::move(text_); }

 private:
  void pass(std::string_view text) { bytes(text.data(), count(text.size())); }
  void pass(const VariableOrigin& origin) {
    const auto& [kind, text] = origin;
    bytes(&kind, sizeof kind);
    pass(std::string_view(text));
  }

  std::string text_;
};

class ImageReader {
 public:
  ImageReader(std::string_view rest, const char* const* inherited)
      : rest_(rest), inherited_(inherited) {}

  void bytes(void* into, std::size_t size) {
    has_failed_ = has_failed_ || size > rest_.size();
    if (has_failed_) return;
    std::memcpy(into, rest_.data(), size);
    rest_.remove_prefix(size);
  }
  std::size_t count(std::size_t) {
    std::size_t size = 0;
    bytes(&size, sizeof size);
    has_failed_ = has_failed_ || size > rest_.size();  // each element has a byte at least
    return has_failed_ ? 0 : size;
  }
  void pass(std::string& text) {
    text.assign(rest_.substr(0, count(0)));
    rest_.remove_prefix(text.size());
  }
  void pass(Environment& environment) {
    environment = {};
    for (std::size_t left = count(0); left > 0; --left) {
      std::string variable;
      pass(variable);
      const char* const* same = inherited_;
      while (*same != nullptr && variable != *same) ++same;
      *same == nullptr ? environment.set(variable) : environment.set_lasting(*same);
    }
    for (std::size_t left = count(0); left > 0; --left) {
      std::string assignment;
      bool has_origin = false;
      VariableOrigin origin;
      pass(assignment);
      bytes(&has_origin, sizeof has_origin);
      if (has_origin) pass(origin);
      if (assignment.empty()) {
        environment.begin_file(std::move(origin.text));
        continue;
      }
      environment.set(assignment);
      if (has_origin) {
        environment.set_source(assignment.substr(0, assignment.find('=')), std::move(origin));
      }
    }
    for (std::size_t left = count(0); left > 0; --left) {
      std::string name;
      VariableOrigin origin;
      pass(name);
      pass(origin);
      environment.set_origin(name, std::move(origin));
    }
  }
  [[nodiscard]] bool is_done() const { return !has_failed_ && rest_.empty(); }

 private:
  void pass(VariableOrigin& origin) {
    auto& [kind, text] = origin;
    bytes(&kind, sizeof kind);
    pass(text);
  }

  std::string_view rest_;
  const char* const* inherited_;
  bool has_failed_ = false;
};

// In both directions by the same functions. Each names all members of its type, or does not
// compile.
template <class Archive>
void pass(Archive& archive, std::string& text) {
  archive.pass(text);
}
template <class Archive>
void pass(Archive& archive, Environment& environment) {
  archive.pass(environment);
}
template <class Archive, class T>
  requires std::is_trivially_copyable_v<T>
void pass(Archive& archive, T& value) {
  archive.bytes(&value, sizeof value);
}
template <class Archive, class T>
void pass(Archive& archive, std::vector<T>& list);
template <class Archive, class T>
  requires(!std::is_trivially_copyable_v<T>)
void pass(Archive& archive, std::optional<T>& value);
template <class Archive, class... Ts>
  requires(!std::is_trivially_copyable_v<std::variant<Ts...>>)
void pass(Archive& archive, std::variant<Ts...>& value);

template <class Archive, class... Members>
void pass_all(Archive& archive, Members&... members) {
  (pass(archive, members), ...);
}

template <class Archive>
void pass(Archive& archive, HttpProbe& probe) {
  auto& [endpoints, authority, path] = probe;
  pass_all(archive, endpoints, authority, path);
}
template <class Archive>
void pass(Archive& archive, ExecProbe& probe) {
  auto& [command] = probe;
  pass(archive, command);
}
template <class Archive>
void pass(Archive& archive, Probe& probe) {
  auto& [target, interval, timeout] = probe;
  pass_all(archive, target, interval, timeout);
}
template <class Archive>
void pass(Archive& archive, HealthPolicy& health) {
  auto& [probe, retries, start_period] = health;
  pass_all(archive, probe, retries, start_period);
}
template <class Archive>
void pass(Archive& archive, Hook& hook) {
  auto& [command, timeout] = hook;
  pass_all(archive, command, timeout);
}
template <class Archive>
void pass(Archive& archive, LifePolicy& life) {
  auto& [restart, stop_exit_codes, min_uptime, max_restarts, restart_delay, backoff, stop_signal,
         stops_by_message, kill_timeout, clears_tree, ready_by, listen_timeout, health, watchdog,
         pre_start, post_stop] = life;
  pass_all(archive, restart, stop_exit_codes, min_uptime, max_restarts, restart_delay, backoff,
           stop_signal, stops_by_message, kill_timeout, clears_tree, ready_by, listen_timeout,
           health, watchdog, pre_start, post_stop);
}
template <class Archive>
void pass(Archive& archive, ListeningSocket& socket) {
  auto& [text, name, address, is_any_address, backlog] = socket;
  pass_all(archive, text, name, address, is_any_address, backlog);
}
template <class Archive>
void pass(Archive& archive, ProcessSettings& process) {
  auto& [arguments, environment, if_missing, directory, place, reads_nothing, has_channel, sockets,
         user, group, groups, capabilities, no_new_privileges, keeps_ignored_signals, umask,
         niceness, oom_score_adjustment, limits, processors, parent_death_signal] = process;
  pass_all(archive, arguments, environment, if_missing, directory, place, reads_nothing,
           has_channel, sockets, user, group, groups, capabilities, no_new_privileges,
           keeps_ignored_signals, umask, niceness, oom_score_adjustment, limits, processors,
           parent_death_signal);
}
template <class Archive>
void pass(Archive& archive, LogFiles& files) {
  auto& [out, error, both, are_shared] = files;
  pass_all(archive, out, error, both, are_shared);
}
template <class Archive>
void pass(Archive& archive, App& app) {
  auto& [name, name_space, version, user_name, process, life, output, log_files, instances,
         instance_variable, increment_variable, is_clustered, cluster, starts_by_itself,
         is_critical, depends_on, memory_ceiling, whole_memory_ceiling, cron, restarts_at] = app;
  pass_all(archive, name, name_space, version, user_name, process, life, output, log_files,
           instances, instance_variable, increment_variable, is_clustered, cluster,
           starts_by_itself, is_critical, depends_on, memory_ceiling, whole_memory_ceiling, cron,
           restarts_at);
}
template <class Archive>
void pass(Archive& archive, Manifest& manifest) {
  auto& [apps, log, signals, end, failure_codes, ends_well] = manifest;
  pass_all(archive, apps, log, signals, end, failure_codes, ends_well);
}

template <class Archive, class T>
void pass(Archive& archive, std::vector<T>& list) {
  list.resize(archive.count(list.size()));
  for (T& item : list) pass(archive, item);
}
template <class Archive, class T>
  requires(!std::is_trivially_copyable_v<T>)
void pass(Archive& archive, std::optional<T>& value) {
  bool is_there = value.has_value();
  pass(archive, is_there);
  if (is_there && !value) value.emplace();
  if (is_there) pass(archive, *value);
}
// The alternative of this index, with whatever in it.
template <std::size_t I = 0, class... Ts>
void choose(std::variant<Ts...>& value, std::size_t index) {
  if constexpr (I < sizeof...(Ts)) {
    if (index != I) return choose<I + 1>(value, index);
    value.template emplace<I>();
  }
}
template <class Archive, class... Ts>
  requires(!std::is_trivially_copyable_v<std::variant<Ts...>>)
void pass(Archive& archive, std::variant<Ts...>& value) {
  std::size_t index = value.index();
  pass(archive, index);
  if (index != value.index()) choose(value, index);
  std::visit([&](auto& alternative) { pass(archive, alternative); }, value);
}

}  // namespace

std::string write_image(const Manifest& manifest) {
  Writer writer;
  Manifest copy = manifest;
  pass(writer, copy);
  return writer.take();
}

std::optional<Manifest> read_image(std::string_view bytes, const char* const* inherited) {
  ImageReader reader(bytes, inherited);
  Manifest manifest;
  pass(reader, manifest);
  if (!reader.is_done()) return std::nullopt;
  return manifest;
}

}  // namespace pmx
