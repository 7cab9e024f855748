#include "core/tensor/profile_recorder.hpp"

#include <ATen/ops/mm.h>
#include <ATen/ops/ones.h>
#include <ATen/record_function.h>

#include <algorithm>

#include "core/tensor/device.hpp"
#include "core/tensor/ops.hpp"
#include "core/tensor/tiles.hpp"

#undef CHECK
#include <doctest/doctest.h>

using namespace crescent;

namespace {

const ProfileNode& child(const ProfileNode& node, const std::string& name) {
  const auto found =
      std::find_if(node.children.begin(), node.children.end(), [&](const auto& c) { return c->name == name; });
  REQUIRE_MESSAGE(found != node.children.end(), name << " within " << node.name);
  return **found;
}

struct Ticks {
  double now = 0;
  double operator()() { return ++now; }
};

}  // namespace

TEST_CASE("a recorded thread's parts, operators, arithmetic and allocations come into the profile") {
  const at::Tensor a = at::ones({4, 8}), b = at::ones({8, 2});
  Profile profile{Ticks{}};
  {
    const ProfileRecorder recorder(profile);
    RECORD_USER_SCOPE("part");
    at::mm(a, b);
  }
  at::mm(a, b);  // after the recorder: not in it
  const ProfileNode& part = child(profile.root(), "part");
  CHECK(part.calls == 1);
  CHECK(part.flops == 2 * 4 * 8 * 2);
  CHECK(part.allocations == 1);
  CHECK(part.allocated_bytes >= 4 * 2 * 4);
  CHECK(child(part, "aten::mm").calls == 1);
  CHECK(profile.root().children.size() == 1);
}

TEST_CASE("a backward pass is told by the names of its functions") {
  const at::Tensor x = at::ones({2, 4}).requires_grad_(true), weight = at::ones({4});
  Profile profile{Ticks{}};
  const at::Tensor y = rms_norm(x, weight, 1e-6).sum();
  {
    const ProfileRecorder recorder(profile);
    y.backward();
  }
  child(profile.root(), "RmsNorm backward");
}

TEST_CASE("arithmetic of helping threads is counted, without spans of its own") {
  const at::Tensor a = at::ones({4, 8}), b = at::ones({8, 2});
  set_compute_threads(2);
  Profile profile{Ticks{}};
  {
    const ProfileRecorder recorder(profile);
    RECORD_USER_SCOPE("part");
    for_tiles(Tiles(2 * kFewestTileRows), [&](int64_t) { return [&](int64_t, int64_t) { at::mm(a, b); }; });
  }
  set_compute_threads(1);
  CHECK(child(profile.root(), "part").flops == 2 * (2 * 4 * 8 * 2));
  CHECK(child(child(profile.root(), "part"), "aten::mm").calls == 1);
}
