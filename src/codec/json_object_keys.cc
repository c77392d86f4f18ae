#include "codec/json_object_keys.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cstring>

#include "codec/json_unescape.h"

namespace pmx {
namespace {

constexpr std::uint64_t mixed(std::uint64_t hash, std::uint64_t eight_bytes) noexcept {
  hash = (hash ^ eight_bytes) * 0x9e37'79b9'7f4a'7c15U;
  return hash ^ hash >> 32;
}

// Fewer than eight bytes, the first one lowest.
std::uint64_t last_chunk(std::string_view bytes) noexcept {
  std::uint64_t chunk = 0;
  if (bytes.size() >= 4) {
    std::uint32_t first;
    std::uint32_t last;
    std::memcpy(&first, bytes.data(), 4);
    std::memcpy(&last, bytes.data() + bytes.size() - 4, 4);
    return first | static_cast<std::uint64_t>(last) << (8 * (bytes.size() - 4));
  }
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    chunk |= static_cast<std::uint64_t>(static_cast<unsigned char>(bytes[i])) << (8 * i);
  }
  return chunk;
}

std::uint64_t hash_of_plain(std::string_view key) noexcept {
  std::uint64_t hash = 0;
  for (; key.size() >= 8; key.remove_prefix(8)) {
    std::uint64_t chunk;
    std::memcpy(&chunk, key.data(), 8);
    hash = mixed(hash, chunk);
  }
  return mixed(hash, last_chunk(key)) ^ key.size();
}

// The same for a key however it is escaped: over its bytes, eight at a time.
std::uint64_t hash_of(const JsonKey& key) noexcept {
  if (!key.escaped) return hash_of_plain(key.text);
  std::uint64_t hash = 0;
  std::uint64_t chunk = 0;
  unsigned filled = 0;
  for (UnescapedBytes bytes(key.text); !bytes.at_end();) {
    chunk |= static_cast<std::uint64_t>(bytes.next()) << (8 * filled);
    if (++filled == 8) {
      hash = mixed(hash, chunk);
      chunk = 0;
      filled = 0;
    }
  }
  return mixed(hash, chunk) ^ filled;
}

}  // namespace

bool same_key(const JsonKey& a, const JsonKey& b) noexcept {
  if (!a.escaped && !b.escaped) return a.text == b.text;
  UnescapedBytes left(a.text);
  UnescapedBytes right(b.text);
  while (!left.at_end() && !right.at_end()) {
    if (left.next() != right.next()) return false;
  }
  return left.at_end() && right.at_end();
}

// A key, its quotes, colon, value and comma take six bytes at least, if no two are the same: the
// table is never more than half full.
std::size_t JsonObjectKeys::slots_for(std::size_t longest_line) noexcept {
  return std::bit_ceil(std::max<std::size_t>(longest_line / 3, 2));
}

void JsonObjectKeys::start(std::size_t line_size) noexcept {
  size_ = 0;
  as_before_ = true;
  slots_ = slots_for(line_size);
  assert(slots_ <= table_.size());
}

bool JsonObjectKeys::is_same(const Slot& a, const Slot& b) noexcept {
  return a.hash == b.hash && same_key({.text = {a.text, a.size}, .escaped = a.escaped},
                                      {.text = {b.text, b.size}, .escaped = b.escaped});
}

bool JsonObjectKeys::add(const JsonKey& key, unsigned note) noexcept {
  if (as_before_) expect_no_more();
  Slot slot{key.text.data(), static_cast<std::uint32_t>(key.text.size()), key.escaped,
            hash_of(key)};
  if (size_ >= kFew) {
    if (size_ == kFew) move_to_table();
    ++size_;
    return add_to_table(slot);
  }
  if (!is_new(slot)) return false;
  slot.text = remember(key, note);
  few_[size_++] = slot;
  return true;
}

// Of those that were as expected the slots are as they were.
void JsonObjectKeys::expect_no_more() noexcept {
  as_before_ = false;
  known_ = size_;
  bits_ = 0;
  for (std::size_t i = 0; i < size_; ++i) bits_ |= std::uint64_t{1} << (few_[i].hash & 63);
}

bool JsonObjectKeys::is_new(const Slot& key) noexcept {
  const std::uint64_t bit = std::uint64_t{1} << (key.hash & 63);
  if ((bits_ & bit) != 0) {
    for (std::size_t i = 0; i < size_; ++i) {
      if (is_same(few_[i], key)) return false;
    }
  }
  bits_ |= bit;
  return true;
}

// Where the key will still be when its line is gone, if it is short, plain ASCII, and all before it
// are; else where it is. An object that is refused for its bytes must leave nothing to be taken for
// good, hence ASCII.
const char* JsonObjectKeys::remember(const JsonKey& key, unsigned note) noexcept {
  constexpr std::string_view kBehind = "\":";
  const std::size_t size = key.text.size() + kBehind.size();
  if (known_ != size_ || key.escaped || size > simd::kWidth) return key.text.data();
  if (simd::Mask(simd::load_part(key.text.data(), key.text.size())).any()) return key.text.data();
  Expected& here = expected_[known_++];
  std::array<char, simd::kWidth> text{};
  std::ranges::copy(key.text, text.begin());
  std::ranges::copy(kBehind, text.begin() + key.text.size());
  std::array<char, simd::kWidth> others{};
  std::fill(others.begin() + size, others.end(), '\xff');
  here = {simd::load(text.data()), simd::load(others.data()), size, note};
  return reinterpret_cast<const char*>(&here.text);
}

void JsonObjectKeys::move_to_table() noexcept {
  std::fill_n(table_.begin(), slots_, Slot{});
  for (const Slot& slot : few_) static_cast<void>(add_to_table(slot));
}

bool JsonObjectKeys::add_to_table(const Slot& key) noexcept {
  std::size_t place = static_cast<std::size_t>(key.hash) & (slots_ - 1);
  for (std::size_t probe = 0; probe < kMostProbes; ++probe) {
    Slot& there = table_[place];
    if (there.text == nullptr) {
      there = key;
      return true;
    }
    if (is_same(there, key)) return false;
    place = (place + 1) & (slots_ - 1);
  }
  return false;
}

}  // namespace pmx
