// Values of a manifest, each checked for what it must be; what is wrong becomes a problem.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/ids.h"
#include "base/named.h"
#include "base/time.h"
#include "codec/document.h"
#include "core/problem.h"

namespace pmx {

// Knows where in the manifest it is. Each reader answers nothing when it has found a problem.
class ManifestReading {
 public:
  // For as long as it lives, what is read is one step further in.
  class Step {
   public:
    Step(ManifestReading& reading, std::string_view key);
    Step(ManifestReading& reading, std::size_t index);
    ~Step() { reading_.path_.resize(size_); }
    Step(const Step&) = delete;
    Step& operator=(const Step&) = delete;

   private:
    ManifestReading& reading_;
    std::size_t size_;
  };

  void refuse(const Node& node, std::string_view rule, std::string_view suggestion = {});
  // Of a key rather than its value.
  void refuse(const Node::Member& member, std::string_view rule, std::string_view suggestion = {});
  [[nodiscard]] Problems& problems() noexcept { return problems_; }
  [[nodiscard]] const std::string& path() const noexcept { return path_; }

  [[nodiscard]] std::optional<std::string> text(const Node& node);
  [[nodiscard]] std::optional<std::string> filled_text(const Node& node);  // not empty
  [[nodiscard]] std::optional<std::string> text_or_number(const Node& node);
  [[nodiscard]] std::optional<bool> flag(const Node& node);
  // From `least` to `most`; a text of digits is a number too, as in pm2.
  [[nodiscard]] std::optional<std::int64_t> number(const Node& node, std::int64_t least,
                                                   std::int64_t most,
                                                   std::string_view suggestion = {});
  [[nodiscard]] std::optional<Duration> duration(const Node& node);
  // Never 0: that would be to ask without a pause, or to give no time.
  [[nodiscard]] std::optional<Duration> positive_duration(const Node& node);
  [[nodiscard]] std::optional<SignalNumber> signal(const Node& node);
  // A list of texts (numbers count as such), or one.
  [[nodiscard]] std::optional<std::vector<std::string>> texts(const Node& node);
  // The same, but one text is split as a command line is.
  [[nodiscard]] std::optional<std::vector<std::string>> words(const Node& node);
  // The same of a command, which names a program; the example is for who has not named one.
  [[nodiscard]] std::optional<std::vector<std::string>> command(const Node& node,
                                                                std::string_view example);

  // One of the table's words.
  template <class Enum, std::size_t N>
  [[nodiscard]] std::optional<Enum> word(const Node& node, const std::array<Named<Enum>, N>& table,
                                         std::string_view rule) {
    const std::string* const text = node.text();
    const auto value = text == nullptr ? std::nullopt : from_name(table, *text);
    if (value) return value;
    std::string words;
    for (std::size_t i = 0; i < N; ++i) {
      words += i == 0 ? "" : i + 1 == N ? " or " : ", ";
      words.append("\"").append(table[i].name).append("\"");
    }
    refuse(node, rule, words);
    return std::nullopt;
  }

 private:
  // Where a list would have been right too.
  [[nodiscard]] std::optional<std::string> text_beside_list(const Node& node);

  Problems problems_;
  std::string path_;
};

}  // namespace pmx
