// The last records of each instance, for who asks later: the command `logs`.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "core/output_policy.h"

namespace pmx::runtime {

// A bounded text for each instance, allocated with its first record.
class RecentLines {
 public:
  explicit RecentLines(std::size_t instances) { make_room(instances); }

  // For more than before, each of which has less of the room.
  void make_room(std::size_t instances);

  // Whole records, each with its newline.
  void keep(InstanceId instance, Stream stream, std::string_view records);

  // Nobody asks for what the instance has written until now.
  void forget(InstanceId instance);

  // A place in all that an instance has ever written, in bytes.
  using Position = std::uint64_t;
  // Where the last `count` of its records begin, as far as they are still here.
  [[nodiscard]] Position before_last(InstanceId instance, std::size_t count) const noexcept;

  struct Record {
    std::string_view text;
    Stream stream;
  };
  // The record at `position`, which moves behind it; nothing at the end. What is no longer here is
  // skipped, and `has_skipped` becomes true. Until the next keep().
  [[nodiscard]] std::optional<Record> next(InstanceId instance, Position& position,
                                           bool& has_skipped) const noexcept;

 private:
  // From here on, until the next, all came by this stream.
  struct Change {
    Position begin;
    Stream stream;
  };
  struct Text {
    std::string kept;
    Position begin = 0;  // of what is kept
    std::vector<Change> changes{};

    void cut(std::size_t size);
  };
  [[nodiscard]] const Text& text_of(InstanceId instance) const noexcept {
    return texts_[static_cast<std::size_t>(instance)];
  }

  std::size_t most_ = 0;  // bytes of an instance that are kept at least, if it has written as many
  std::vector<Text> texts_;
};

}  // namespace pmx::runtime
