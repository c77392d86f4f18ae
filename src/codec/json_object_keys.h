// The keys of one JSON object, to tell whether one comes twice.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/simd.h"

namespace pmx {

// A key as it stands in the text, between its quotes. It is well-formed: its escapes are, and they
// make whole characters.
struct JsonKey {
  std::string_view text;
  bool escaped = false;  // it has a backslash somewhere
};

// The same characters after unescaping?
[[nodiscard]] bool same_key(const JsonKey& a, const JsonKey& b) noexcept;

// A few keys are compared one by one; more of them go into a table that is large enough for the
// longest line there can be, so that a hostile line costs no more than its length. And because most
// objects have the keys of the one before in the same order, those are known at a glance.
class JsonObjectKeys {
 public:
  // Trivial, so that a table that is not needed costs no memory but its address space.
  struct Slot {
    const char* text;  // null: the slot is free
    std::uint32_t size;
    bool escaped;
    std::uint64_t hash;
  };
  // How many slots the table needs for lines of at most so many bytes.
  [[nodiscard]] static std::size_t slots_for(std::size_t longest_line) noexcept;

  // The table must outlive it; what is in there does not matter.
  explicit JsonObjectKeys(std::span<Slot> table) noexcept : table_(table) {}

  // Before the keys of another line, of this many bytes, for which the table is large enough.
  // Forgets all but what to expect.
  void start(std::size_t line_size) noexcept;

  // A key that the last object had in this place, with its closing quote and a colon.
  struct Expected {
    simd::Bytes text;    // the first `size` bytes
    simd::Bytes others;  // 0xff in all behind them
    std::size_t size;
    unsigned note;  // as it was given to add()
  };
  // If the text behind an opening quote begins like this, the key is added, and new; else null, and
  // the key is to be read. Then it must be added: there is nothing to expect behind it.
  [[nodiscard, gnu::always_inline]] const Expected* add_expected(std::string_view text) noexcept {
    if (size_ == known_ || !as_before_) return nullptr;
    const Expected& next = expected_[size_];
    const simd::Bytes there = simd::load_part(text.data(), text.size());
    if (!simd::all_of(reinterpret_cast<simd::Bytes>(there == next.text) | next.others)) {
      return nullptr;
    }
    ++size_;
    return &next;
  }

  // False if it is there already, or if so many keys fall on one place of the table that they must
  // have been chosen to. The note is for whoever meets it as expected.
  [[nodiscard]] bool add(const JsonKey& key, unsigned note) noexcept;

 private:
  static constexpr std::size_t kFew = 32;
  static constexpr std::size_t kMostProbes = 256;

  [[nodiscard]] static bool is_same(const Slot& a, const Slot& b) noexcept;
  [[nodiscard]] bool is_new(const Slot& key) noexcept;
  void expect_no_more() noexcept;
  [[nodiscard]] const char* remember(const JsonKey& key, unsigned note) noexcept;
  void move_to_table() noexcept;
  [[nodiscard]] bool add_to_table(const Slot& key) noexcept;

  std::size_t size_ = 0;
  bool as_before_ = true;   // all keys so far were as expected
  std::size_t known_ = 0;   // the first of the few that can be expected of the next object
  std::uint64_t bits_ = 0;  // one by each hash of the few: most keys need no comparison at all
  std::array<Slot, kFew> few_;
  std::array<Expected, kFew> expected_;
  std::span<Slot> table_;
  std::size_t slots_ = 0;  // of the table, as many as this line may need: a power of two
};

}  // namespace pmx
