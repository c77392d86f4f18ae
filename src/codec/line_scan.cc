#include "codec/line_scan.h"

#include "base/simd.h"

namespace pmx {
namespace {

// Sixty-four bytes a step, because most lines are longer than sixteen.
const char* find_newline(const char* at, std::size_t left) noexcept {
  const simd::Bytes newline = simd::all('\n');
  const auto is_newline = [newline](const char* from) {
    return reinterpret_cast<simd::Bytes>(simd::load(from) == newline);
  };
  constexpr std::size_t kStep = 4 * simd::kWidth;
  for (; left >= kStep; at += kStep, left -= kStep) {
    const simd::Bytes a = is_newline(at);
    const simd::Bytes b = is_newline(at + simd::kWidth);
    const simd::Bytes c = is_newline(at + 2 * simd::kWidth);
    const simd::Bytes d = is_newline(at + 3 * simd::kWidth);
    if (simd::Mask(a | b | c | d).any()) break;
  }
  for (; left >= simd::kWidth; at += simd::kWidth, left -= simd::kWidth) {
    const simd::Mask found(is_newline(at));
    if (found.any()) return at + found.first();
  }
  for (; left > 0; ++at, --left) {
    if (*at == '\n') return at;
  }
  return nullptr;
}

}  // namespace

LineScan scan_line(std::string_view bytes) noexcept {
  const char* newline = find_newline(bytes.data(), bytes.size());
  if (newline == nullptr) return {bytes, bytes.size(), false};
  const auto length = static_cast<std::size_t>(newline - bytes.data());
  const std::size_t dropped = length > 0 && newline[-1] == '\r' ? 1 : 0;
  return {bytes.substr(0, length - dropped), length + 1, true};
}

}  // namespace pmx
