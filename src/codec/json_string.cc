#include "codec/json_string.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

#include "base/simd.h"
#include "base/utf8.h"
#include "codec/json_pairs.h"

namespace pmx {
namespace {

// How a byte below 0x80 is written. Eight bytes, so that one store writes the longest.
struct Form {
  char text[7] = {};
  unsigned char size = 0;
};

constexpr auto kForms = [] {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::array<Form, 128> forms;
  for (unsigned byte = 0; byte < forms.size(); ++byte) {
    const char plain = static_cast<char>(byte);
    if (byte < 0x20) {
      forms[byte] = {{'\\', 'u', '0', '0', kHex[byte >> 4], kHex[byte & 15]}, 6};
    } else {
      forms[byte] = {{plain}, 1};
    }
  }
  constexpr std::string_view kShort = "\"\"\\\\\bb\ff\nn\rr\tt";
  for (std::size_t i = 0; i < kShort.size(); i += 2) {
    forms[static_cast<unsigned char>(kShort[i])] = {{'\\', kShort[i + 1]}, 2};
  }
  return forms;
}();
static_assert(sizeof(Form) == 8);

constexpr std::string_view kReplacement = "\xef\xbf\xbd";

// Enough for sixteen of the longest, with a vector written behind each.
constexpr std::size_t kRoomForVector = 8 * simd::kWidth;

constexpr auto kSpacesBehind = [] {
  std::array<char, 2 * simd::kWidth> bytes{};
  std::fill(bytes.begin() + simd::kWidth, bytes.end(), ' ');
  return bytes;
}();

class Escaping {
 public:
  Escaping(std::string_view text, std::span<char> out) noexcept
      : text_(text),
        at_(text.data()),
        end_(text.data() + text.size()),
        out_(out),
        to_(out.data()) {}

  Escaped run() noexcept {
    if (run_wide<Bytes::ascii>() == Stopped::at_other) {
      if (is_valid_utf8({at_, left()})) {
        run_wide<Bytes::valid>();
      } else {
        run_wide<Bytes::any>();
      }
    }
    run_narrow();
    return {static_cast<std::size_t>(at_ - text_.data()),
            static_cast<std::size_t>(to_ - out_.data())};
  }

 private:
  [[nodiscard]] std::size_t left() const noexcept { return static_cast<std::size_t>(end_ - at_); }
  [[nodiscard]] std::size_t room() const noexcept {
    return out_.size() - static_cast<std::size_t>(to_ - out_.data());
  }

  enum class Bytes { ascii, valid, any };
  enum class Stopped { at_end, at_other };

  // What is not ASCII stops it, is known to be valid, or is looked at. When the room gets tight,
  // the rest is left to run_narrow().
  template <Bytes kBytes>
  Stopped run_wide() noexcept {
    while (left() > 0 && room() >= kRoomForVector) {
      const bool written =
          left() >= 2 * simd::kWidth ? write_vector<kBytes>(at_) : write_last_vector<kBytes>();
      if (!written && !write_other<kBytes>()) return Stopped::at_other;
    }
    if constexpr (kBytes == Bytes::valid) step_back_to_character();
    return Stopped::at_end;
  }

  template <Bytes kBytes>
  static simd::Mask special_in(simd::Bytes text) noexcept {
    simd::Bytes special = simd::needs_escape(text);
    if constexpr (kBytes != Bytes::valid) special |= text;
    return simd::Mask(special);
  }

  // Of a byte that special_in() found.
  template <Bytes kBytes>
  static bool is_form(char byte) noexcept {
    return kBytes == Bytes::valid || static_cast<unsigned char>(byte) < 0x80;
  }

  // Where there are not sixteen bytes and as many behind them that may be read: spaces stand for
  // what is missing.
  template <Bytes kBytes>
  bool write_last_vector() noexcept {
    const std::size_t here = left() < simd::kWidth ? left() : simd::kWidth;
    const simd::Bytes text =
        simd::load_part(at_, here) | simd::load(kSpacesBehind.data() + simd::kWidth - here);
    if (special_in<kBytes>(text).any()) {
      std::array<char, 2 * simd::kWidth> copy;
      simd::store(copy.data(), text);
      simd::store(copy.data() + simd::kWidth, simd::all(' '));
      if (!write_vector<kBytes>(copy.data())) return false;
      at_ -= simd::kWidth;
      to_ -= simd::kWidth;
    } else {
      simd::store(to_, text);
    }
    at_ += here;
    to_ += here;
    return true;
  }

  // The sixteen bytes that are next, with as many behind them that may be read. The bytes to escape
  // are all found at once; what lies between two of them is copied as another whole vector, of
  // which the next one overwrites what is too much. False at a byte that has no form.
  template <Bytes kBytes>
  [[gnu::always_inline]] bool write_vector(const char* from) noexcept {
    const simd::Bytes text = simd::load(from);
    simd::Mask mask = special_in<kBytes>(text);
    if (mask.has_three() && write_pairs<kBytes>(text)) return true;
    simd::store(to_, text);
    std::size_t done = 0;
    for (; mask.any(); mask.drop_first()) {
      to_ += mask.first() - done;
      done = mask.first();
      if (!is_form<kBytes>(from[done])) {
        at_ += done;
        return false;
      }
      write_form(from[done++]);
      simd::store(to_, simd::load(from + done));
    }
    to_ += simd::kWidth - done;
    at_ += simd::kWidth;
    return true;
  }

  // Many to escape in one vector: looking up where all its bytes go costs less than one by one.
  template <Bytes kBytes>
  bool write_pairs(simd::Bytes text) noexcept {
    if (!simd::has_lookup() || (kBytes != Bytes::valid && simd::Mask(text).any())) return false;
    const std::size_t size = write_json_pairs(text, to_);
    if (size == 0) return false;
    to_ += size;
    at_ += simd::kWidth;
    return true;
  }

  void write_form(char byte) noexcept {
    const Form& form = kForms[static_cast<unsigned char>(byte) & 0x7f];
    std::memcpy(to_, &form, sizeof form);
    to_ += form.size;
  }

  template <Bytes kBytes>
  bool write_other() noexcept {
    if constexpr (kBytes == Bytes::any) write_part(first_utf8_part({at_, left()}));
    return kBytes == Bytes::any;
  }

  // The last sixteen bytes may have ended inside a character.
  void step_back_to_character() noexcept {
    while (at_ != end_ && (static_cast<unsigned char>(*at_) & 0xc0) == 0x80) {
      --at_;
      --to_;
    }
  }

  // One character at a time, up to the last byte of the room.
  void run_narrow() noexcept {
    while (left() > 0) {
      const auto byte = static_cast<unsigned char>(*at_);
      if (byte < 0x80) {
        const Form& form = kForms[byte];
        if (form.size > room()) return;
        std::memcpy(to_, form.text, form.size);
        to_ += form.size;
        ++at_;
      } else {
        const Utf8Part part = first_utf8_part({at_, left()});
        if ((part.valid ? part.size : kReplacement.size()) > room()) return;
        write_part(part);
      }
    }
  }

  void write_part(Utf8Part part) noexcept {
    const std::string_view form = part.valid ? std::string_view(at_, part.size) : kReplacement;
    std::memcpy(to_, form.data(), form.size());
    to_ += form.size();
    at_ += part.size;
  }

  std::string_view text_;
  const char* at_;
  const char* end_;
  std::span<char> out_;
  char* to_;
};

}  // namespace

Escaped escape_json(std::string_view text, std::span<char> out) noexcept {
  return Escaping(text, out).run();
}

}  // namespace pmx
