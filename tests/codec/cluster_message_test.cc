#include "codec/cluster_message.h"

#include <doctest/doctest.h>

#include <array>
#include <cerrno>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace pmx {
namespace {

using Kind = ClusterMessage::Kind;
using Json = nlohmann::json;

std::string asked(std::string_view members) {
  return R"({"cmd":"NODE_CLUSTER","act":"queryServer","index":0,"data":null,)" +
         std::string(members) + R"(,"seq":1})";
}

TEST_CASE("what workers say") {
  const auto kind = [](std::string_view text) { return read_cluster_message(text).kind; };
  CHECK(kind(R"({"cmd":"NODE_CLUSTER","act":"online","seq":0})") == Kind::online);
  CHECK(kind(R"({"cmd":"NODE_CLUSTER","act":"queryServer","seq":1})") == Kind::listen_asked);
  CHECK(kind(R"({"cmd":"NODE_CLUSTER","act":"listening","seq":2})") == Kind::listening);
  CHECK(kind(R"({"cmd":"NODE_CLUSTER","act":"exitedAfterDisconnect","seq":10})") == Kind::leaving);
  CHECK(kind(R"({"cmd":"NODE_HANDLE_NACK"})") == Kind::refused);
  CHECK(kind(R"({"cmd":"NODE_HANDLE_ACK"})") == Kind::other);
  CHECK(kind(R"({"cmd":"NODE_CLUSTER","act":"suicide","seq":0})") == Kind::other);
  CHECK(kind(R"({"cmd":"NODE_CLUSTER","act":"online"})") == Kind::other);
  CHECK(kind(R"({"cmd":"NODE_CLUSTER","act":"online","seq":-1})") == Kind::other);
  CHECK(kind(R"({"cmd":"NODE_CLUSTER","seq":1})") == Kind::other);

  const auto closed =
      read_cluster_message(R"({"cmd":"NODE_CLUSTER","act":"close","key":"7","seq":9})");
  CHECK(closed.kind == Kind::closed);
  CHECK(closed.listener == ListenerId{7});
  CHECK(
      read_cluster_message(R"({"cmd":"NODE_CLUSTER","act":"close","key":"x","seq":9})").listener ==
      ListenerId{});

  const auto answer = read_cluster_message(
      R"({"cmd":"NODE_CLUSTER","accepted":false,"ack":281474976710655,"seq":3})");
  CHECK(answer.kind == Kind::answered);
  CHECK(answer.sequence == 281'474'976'710'655U);
  CHECK(!answer.is_accepted);
}

TEST_CASE("the common answer is read as the general one is") {
  CHECK(!read_common_answer(R"({"cmd":"NODE_CLUSTER","ack":02,"accepted":true,"seq":3})"));
  CHECK(!read_common_answer(R"({"cmd":"NODE_CLUSTER","ack":2,"accepted":true,"seq":03})"));
  for (const std::string_view text :
       {R"({"cmd":"NODE_CLUSTER","ack":2,"accepted":true,"seq":3})",
        R"({"cmd":"NODE_CLUSTER","ack":281474976710655,"accepted":true,"seq":0})"}) {
    const auto fast = read_common_answer(text);
    const auto general = read_cluster_message(text);
    REQUIRE(fast);
    CHECK(fast->kind == general.kind);
    CHECK(fast->sequence == general.sequence);
    CHECK(fast->is_accepted == general.is_accepted);
  }
  for (const std::string_view text :
       {R"({"cmd":"NODE_CLUSTER","ack":2,"accepted":false,"seq":3})",
        R"({"cmd":"NODE_CLUSTER","ack":2,"accepted":true,"seq":3)",
        R"({"cmd":"NODE_CLUSTER","ack":-2,"accepted":true,"seq":3})",
        R"({"cmd":"NODE_CLUSTER","ack":2,"accepted":true,"seq":3,"x":{}})",
        R"({"cmd":"NODE_CLUSTER","ack":2})", R"({"cmd":"NODE_CLUSTER","ack":})", "{}", ""}) {
    CHECK(!read_common_answer(text));
  }
}

TEST_CASE("where they ask to listen") {
  const auto read = [](std::string_view members) { return read_listen_request(asked(members)); };
  const auto any = read(R"("address":null,"port":3000,"addressType":4,"flags":0,"backlog":0)");
  REQUIRE(any);
  CHECK(any->kind == ListenRequest::Kind::stream);
  CHECK(std::get<Endpoint>(any->address) == Endpoint{Endpoint::Family::v6, 3000, {}});
  CHECK(any->takes_v4);
  CHECK(any->backlog == 511);

  const auto v4 = read(R"("address":"127.0.0.1","port":80,"addressType":4,"flags":0,"backlog":64)");
  REQUIRE(v4);
  CHECK(std::get<Endpoint>(v4->address) == Endpoint{Endpoint::Family::v4, 80, {127, 0, 0, 1}});
  CHECK(!v4->takes_v4);
  CHECK(v4->backlog == 64);

  const auto v6 = read(R"("address":"::","port":80,"addressType":6,"flags":1)");
  REQUIRE(v6);
  CHECK(!v6->takes_v4);

  const auto path = read(R"("address":"/tmp/a\u002fb.sock","port":-1,"addressType":-1)");
  REQUIRE(path);
  CHECK(std::get<std::string>(path->address) == "/tmp/a/b.sock");
  CHECK(path->rights_of_all == 0);
  const auto rights = [&read](std::string_view members) {
    return read(R"("address":"/a","port":-1,"addressType":-1,)" + std::string(members))
        ->rights_of_all;
  };
  CHECK(rights(R"("readableAll":true,"writableAll":false)") == 0444);
  CHECK(rights(R"("writableAll":true)") == 0222);
  CHECK(rights(R"("readableAll":true,"writableAll":true)") == 0666);
  const auto abstract = read(R"("address":"\u0000name","port":-1,"addressType":-1)");
  REQUIRE(abstract);
  CHECK(std::get<std::string>(abstract->address) == "@name");
  const std::string_view resolved[] = {R"("/\u0000name")", R"("/srv/api/\u0000name")"};
  for (const std::string_view place : resolved) {
    const auto same = read(R"("port":-1,"addressType":-1,"address":)" + std::string(place));
    REQUIRE(same);
    CHECK(same->is_same_place(*abstract));
  }
  const auto deep = read(R"("port":-1,"addressType":-1,"address":"/)" + std::string(4000, 'x') +
                         R"(/\u0000a/b")");
  REQUIRE(deep);
  CHECK(std::get<std::string>(deep->address) == "@a/b");

  const auto udp = read(R"("address":"0.0.0.0","port":53,"addressType":"udp4","flags":4)");
  REQUIRE(udp);
  CHECK(udp->kind == ListenRequest::Kind::datagram);
  CHECK(udp->reuses_address);

  const auto udp_port = [&read](std::string_view member) {
    const auto request = read(R"("address":null,"addressType":"udp4")" + std::string(member));
    return request ? std::get<Endpoint>(request->address).port : -1;
  };
  CHECK(udp_port("") == 0);
  CHECK(udp_port(R"(,"port":null)") == 0);
  CHECK(udp_port(R"(,"port":"65535")") == 65'535);
  CHECK(udp_port(R"(,"port":"65536")") == -1);
  CHECK(udp_port(R"(,"port":"x")") == -1);
  CHECK(udp_port(R"(,"port":"")") == -1);
  CHECK(udp_port(R"(,"port":"-1")") == -1);

  const auto handed = read(R"("address":null,"port":null,"addressType":null,"fd":4)");
  REQUIRE(handed);
  CHECK(handed->kind == ListenRequest::Kind::handed);
  CHECK(handed->descriptor == 4);
}

TEST_CASE("what cannot be listened at has its reason") {
  const auto why = [](std::string_view members) {
    const auto request = read_listen_request(asked(members));
    REQUIRE(!request);
    return request.error();
  };
  CHECK(why(R"("fd":0)") == EBADF);
  CHECK(why(R"("fd":2)") == EBADF);
  CHECK(why(R"("address":null,"port":65536,"addressType":4)") == EINVAL);
  CHECK(why(R"("address":null,"port":"x","addressType":4)") == EINVAL);
  CHECK(why(R"("address":null,"port":"80","addressType":4)") == EINVAL);
  CHECK(why(R"("address":null,"addressType":4)") == EINVAL);
  CHECK(why(R"("address":null,"port":3000,"addressType":5)") == EINVAL);
  CHECK(why(R"("address":"relative.sock","port":-1,"addressType":-1)") == EINVAL);
  CHECK(why(R"("address":null,"port":-1,"addressType":-1)") == EINVAL);
  CHECK(why(R"("address":"/a\u0000b","port":-1,"addressType":-1)") == EINVAL);
  CHECK(why(R"("address":"/a/\u0000b\u0000c","port":-1,"addressType":-1)") == EINVAL);
  CHECK(why(R"("address":"a/\u0000b","port":-1,"addressType":-1)") == EINVAL);
  CHECK(why(R"("address":"localhost","port":3000,"addressType":4)") == EADDRNOTAVAIL);
  CHECK(why(R"("address":"fe80::1%eth0","port":3000,"addressType":6)") == EADDRNOTAVAIL);
  CHECK(why("\"address\":\"/" + std::string(107, 'x') + R"(","port":-1,"addressType":-1)") ==
        ENAMETOOLONG);
}

TEST_CASE("the same place is shared, and port 0 by index") {
  const auto place = [](std::string_view members) { return *read_listen_request(asked(members)); };
  const auto one = place(R"("address":null,"port":3000,"addressType":4)");
  CHECK(one.is_same_place(place(R"("address":"::","port":3000,"addressType":6)")));
  CHECK(!one.is_same_place(place(R"("address":"::","port":3000,"addressType":6,"flags":1)")));
  CHECK(!one.is_same_place(place(R"("address":"::","port":3000,"addressType":"udp6")")));
  ListenRequest free = place(R"("address":null,"port":0,"addressType":4)");
  ListenRequest other = free;
  CHECK(free.is_same_place(other));
  other.index = 1;
  CHECK(!free.is_same_place(other));
  ListenRequest fixed = one;
  fixed.index = 1;
  CHECK(one.is_same_place(fixed));
}

TEST_CASE("what a primary says is JSON with the members that Node reads") {
  std::array<char, 1'024> out;
  const auto parsed = [&out](std::size_t size) {
    REQUIRE(size > 0);
    CHECK(out[size - 1] == '\n');
    return Json::parse(std::string_view{out.data(), size});
  };
  Endpoint bound{Endpoint::Family::v6, 3000, {}};
  const Json answer = parsed(write_listen_answer({.asked = 5,
                                                  .listener = ListenerId{3},
                                                  .shared_data = R"({"ticketKeys":"ab"})",
                                                  .bound = &bound},
                                                 out));
  CHECK(answer == Json{{"cmd", "NODE_CLUSTER"},
                       {"errno", nullptr},
                       {"key", "3"},
                       {"ack", 5},
                       {"data", {{"ticketKeys", "ab"}}},
                       {"sockname", {{"address", "::"}, {"family", "IPv6"}, {"port", 3000}}},
                       {"seq", 0}});
  const Json refused = parsed(write_listen_answer({.asked = 5, .error_number = EADDRINUSE}, out));
  CHECK(refused["errno"] == -EADDRINUSE);
  CHECK(refused["data"] == nullptr);
  const Json shared = parsed(write_listen_answer(
      {.asked = 1, .listener = ListenerId{1}, .handle = ListenAnswer::Handle::datagram}, out));
  CHECK(shared["cmd"] == "NODE_HANDLE");
  CHECK(shared["type"] == "dgram.Native");
  CHECK(shared["msg"]["ack"] == 1);
  const Json handed = parsed(write_hand_over({.listener = ListenerId{2}, .sequence = 65'537}, out));
  CHECK(
      handed ==
      Json{{"cmd", "NODE_HANDLE"},
           {"type", "net.Native"},
           {"msg", {{"cmd", "NODE_CLUSTER"}, {"act", "newconn"}, {"key", "2"}, {"seq", 65'537}}}});
  CHECK(parsed(write_acknowledgement(10, out)) ==
        Json{{"cmd", "NODE_CLUSTER"}, {"ack", 10}, {"seq", 0}});
  CHECK(Json::parse(kDisconnectMessage)["act"] == "disconnect");
  CHECK(write_hand_over({}, std::span(out).first(20)) == 0);
}

}  // namespace
}  // namespace pmx
