#include "os/capabilities.h"

#include <doctest/doctest.h>
#include <linux/capability.h>

namespace pmx::os {
namespace {

TEST_CASE("capabilities have names, with and without their prefix, in any case") {
  CHECK(capability_name(CAP_KILL) == "CAP_KILL");
  CHECK(capability_name(CAP_NET_BIND_SERVICE) == "CAP_NET_BIND_SERVICE");
  for (const char* const name :
       {"net_bind_service", "CAP_NET_BIND_SERVICE", "cap_Net_Bind_Service"}) {
    CHECK(capability_from_name(name) == unsigned{CAP_NET_BIND_SERVICE});
  }
  CHECK(!capability_from_name("net_bind_servise"));
}

}  // namespace
}  // namespace pmx::os
