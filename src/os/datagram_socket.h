// Unix datagrams, and who sent them (unix(7)).
#pragma once

#include <cstddef>
#include <expected>
#include <optional>
#include <span>
#include <string>

#include "os/local_socket.h"
#include "os/os_error.h"
#include "os/unique_fd.h"

namespace pmx::os {

struct DatagramSocket {
  UniqueFd fd;          // close-on-exec and non-blocking
  std::string address;  // "@…": an abstract name, which the kernel has chosen
};
[[nodiscard]] std::expected<DatagramSocket, OsError> open_datagram_socket();

struct Datagram {
  std::size_t size = 0;  // of the buffer
  bool is_whole = true;  // it had room there
  std::optional<PeerCredentials> sender{};
};
// Nothing when none waits. Descriptors that come with it are closed.
[[nodiscard]] std::optional<Datagram> receive_datagram(int socket, std::span<char> into) noexcept;

}  // namespace pmx::os
