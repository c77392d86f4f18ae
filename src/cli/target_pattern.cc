#include "cli/target_pattern.h"

#include <regex.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/concat.h"

namespace pmx::cli {
namespace {

// Owns what regcomp(3) makes.
class Pattern {
 public:
  explicit Pattern(const std::string& text)
      : error_(::regcomp(&compiled_, text.c_str(), REG_EXTENDED | REG_NOSUB)) {}
  Pattern(const Pattern&) = delete;
  Pattern& operator=(const Pattern&) = delete;
  ~Pattern() {
    if (error_ == 0) ::regfree(&compiled_);
  }

  // Empty: nothing is wrong.
  [[nodiscard]] std::string problem() const {
    if (error_ == 0) return {};
    std::array<char, 128> text{};
    ::regerror(error_, &compiled_, text.data(), text.size());
    return text.data();
  }
  [[nodiscard]] bool matches(const std::string& text) const {
    return ::regexec(&compiled_, text.c_str(), 0, nullptr, 0) == 0;
  }

 private:
  regex_t compiled_{};
  int error_;
};

}  // namespace

bool is_pattern(std::string_view target) noexcept {
  return target.size() > 2 && target.starts_with('/') && target.ends_with('/');
}

std::expected<std::vector<std::string>, std::string> expand_patterns(
    const std::vector<std::string>& targets, const Node::List& instances) {
  std::vector<std::string> expanded;
  for (const std::string& target : targets) {
    if (!is_pattern(target)) {
      expanded.push_back(target);
      continue;
    }
    const Pattern pattern(target.substr(1, target.size() - 2));
    if (const std::string problem = pattern.problem(); !problem.empty()) {
      std::string sentence = target;
      sentence.append(" is no pattern: ").append(problem);
      return std::unexpected(std::move(sentence));
    }
    bool any = false;
    for (const Node& instance : instances) {
      const Node::Member* const name = instance.find("name");
      if (name == nullptr || name->value.text() == nullptr) continue;
      const std::string& app = *name->value.text();
      if (!pattern.matches(app)) continue;
      any = true;
      if (std::ranges::find(expanded, app) == expanded.end()) expanded.push_back(app);
    }
    if (!any) return std::unexpected(concat("no app's name matches ", target));
  }
  return expanded;
}

}  // namespace pmx::cli
