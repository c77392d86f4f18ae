// Acting on files with the rights of somebody else, for a moment (setfsuid(2), capabilities(7)).
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "os/dumpable.h"

namespace pmx::os {

struct FileUser {
  std::optional<unsigned> user;  // nothing: as we are
  std::optional<unsigned> group;
  std::vector<unsigned> groups;               // supplementary; they count where there is a user
  std::optional<std::uint64_t> capabilities;  // of ours no others are used; nothing: all
};

// For as long as it lives. Where we may not change, nothing changes: what follows is refused to us
// as it is to them.
class ActingAs {
 public:
  explicit ActingAs(const FileUser& wanted) noexcept;
  ActingAs(const ActingAs&) = delete;
  ActingAs& operator=(const ActingAs&) = delete;
  ~ActingAs();

  // Of files that are made meanwhile.
  [[nodiscard]] unsigned user() const noexcept { return user_; }

 private:
  KeptDumpable dumpable_;
  unsigned user_;
  unsigned own_user_;
  unsigned own_group_;
  bool has_groups_ = false;
  std::vector<unsigned> own_groups_;
  std::optional<std::uint64_t> own_capabilities_;
};

}  // namespace pmx::os
