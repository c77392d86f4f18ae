#include "codec/manifest_document.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "codec/app_keys.h"
#include "codec/key_reading.h"
#include "codec/key_suggestion.h"
#include "codec/manifest_keys.h"
#include "codec/manifest_reading.h"
#include "core/validate.h"

namespace pmx {
namespace {

using Reading = ManifestReading;

bool holds_apps(const Node& node) {
  return node.find("apps") != nullptr || node.find("pm2") != nullptr;
}
bool says(const Node& app, std::string_view name) {
  const Node::Map* const map = app.map();
  return map != nullptr && std::ranges::any_of(*map, [&](const Node::Member& member) {
           const AppKey* const key = find_app_key(member.key);
           return key != nullptr && key->name == name && !member.value.is_null();
         });
}
bool is_app(const Node& node) { return says(node, "script") || says(node, "command"); }

class Document {
 public:
  ManifestSettings read(const Node& node, Problems& problems) {
    if (const Node::List* const list = node.list()) {
      read_apps(node, *list);
    } else if (holds_apps(node)) {
      read_top(*node.map());
    } else if (is_app(node)) {
      read_app(node);
    } else {
      refuse_apps(node, "has no apps", "write {\"apps\": [{\"script\": \"app.js\"}]}");
    }
    problems = std::move(reading_.problems());
    return std::move(manifest_);
  }

 private:
  void refuse_apps(const Node& node, std::string_view rule, std::string_view suggestion) {
    manifest_.lacks_apps = true;
    reading_.refuse(node, rule, suggestion);
  }

  // `defaults` first: it is laid under every app, wherever it stands.
  void read_top(const Node::Map& map) {
    // A package.json has keys of its own beside `pm2`.
    const bool is_package =
        std::ranges::none_of(map, [](const Node::Member& member) { return member.key == "apps"; });
    for (const Node::Member& member : map) {
      const bool is_known = is_package || find_manifest_key(member.key) != nullptr;
      const std::string_view meant = is_known ? member.key : nearest_manifest_key(member.key);
      if (!is_known && (meant == "apps" || meant == "pm2")) manifest_.lacks_apps = true;
      if (meant != "defaults" || member.value.is_null()) continue;
      // Nobody knows what they would say; of what counts here, anything.
      if (!is_known || member.value.map() == nullptr) {
        for (const char* const key : {"", "cwd", "script"}) defaults_.unread.emplace_back(key);
      }
      if (!is_known) continue;
      const Reading::Step step(reading_, member.key);
      read_app_keys(reading_, member.value, defaults_);
    }
    for (const Node::Member& member : map) {
      const Reading::Step step(reading_, member.key);
      if (member.key == "apps" || member.key == "pm2") {
        read_apps_or_one(member.value);
      } else if (!is_package || find_manifest_key(member.key) != nullptr) {
        read_manifest_key(reading_, member, manifest_);
      }
    }
  }

  void read_apps_or_one(const Node& node) {
    if (const Node::List* const list = node.list()) return read_apps(node, *list);
    if (holds_apps(node)) return read_top(*node.map());
    read_app(node);
  }

  void read_apps(const Node& node, const Node::List& list) {
    if (list.empty())
      return refuse_apps(node, "has no app in it", "write [{\"script\": \"app.js\"}]");
    for (std::size_t i = 0; i < list.size(); ++i) {
      const Reading::Step step(reading_, i);
      read_app(list[i]);
    }
  }

  void read_app(const Node& node) {
    if (node.map() == nullptr) {
      return refuse_apps(node, "is not an app", "write {\"script\": \"app.js\"}");
    }
    AppSettings app = defaults_;
    // What is executed is said by the app or by the defaults, not by both together.
    if (says(node, "script")) app.command.clear();
    if (says(node, "command")) {
      app.script.clear();
      app.interpreter.clear();
      app.interpreter_arguments.clear();
    }
    app.mark = node.mark;
    app.path = reading_.path();
    read_app_keys(reading_, node, app);
    const bool is_said = std::ranges::any_of(app.places, [](const KeyPlace& place) {
      return place.key == "script" || place.key == "command";
    });
    if (!is_said && !is_unread(app, "script") && !is_unread(app, "command")) {
      reading_.refuse(node, "has neither script nor command",
                      "add \"script\": \"app.js\" or \"command\": [\"app\"]");
    }
    manifest_.apps.push_back(std::move(app));
  }

  Reading reading_;
  ManifestSettings manifest_;
  AppSettings defaults_;
};

}  // namespace

std::expected<ManifestSettings, Problems> read_manifest(const Node& document) {
  Problems problems;
  auto settings = read_manifest(document, problems);
  if (problems.empty()) return settings;
  return std::unexpected(std::move(problems));
}

ManifestSettings read_manifest(const Node& document, Problems& problems) {
  return Document().read(document, problems);
}

}  // namespace pmx
