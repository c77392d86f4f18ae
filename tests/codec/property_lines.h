// Random lines of all the kinds that logs hold, and how often each kind came.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <random>
#include <string>
#include <string_view>

namespace pmx {

class Random {
 public:
  explicit Random(std::uint64_t seed) : engine_(seed * 0x9e37'79b9'7f4a'7c15U) {}

  std::size_t below(std::size_t limit) { return static_cast<std::size_t>(engine_() % limit); }
  bool one_in(std::size_t times) { return below(times) == 0; }
  template <class T>
  T pick(std::initializer_list<T> from) {
    return from.begin()[below(from.size())];
  }

 private:
  std::mt19937_64 engine_;
};

// How many lines have which property.
struct Tally {
  std::size_t lines = 0;
  std::size_t invalid_utf8 = 0;
  std::size_t cut_sequence = 0;  // a read ended inside a character of it
  std::size_t nul = 0;
  std::size_t escapes = 0;
  std::size_t crlf = 0;
  std::size_t empty = 0;
  std::size_t over_maximum = 0;
  std::size_t escaped_keys = 0;
  std::size_t duplicated_keys = 0;
  std::size_t nested_keys = 0;

  // False if one of them is in less than 1% of the lines.
  [[nodiscard]] bool print_shares() const;
};

// With its line end. The longest are several times as long as a record may be.
std::string random_line(Random& random, std::size_t max_record, Tally& tally);

}  // namespace pmx
