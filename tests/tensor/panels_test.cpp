#include "core/tensor/panels.hpp"

#include <ATen/ops/addmm.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/randn.h>

#include "core/tensor/device.hpp"

#undef CHECK
#include <doctest/doctest.h>

using namespace crescent;

namespace {

double largest_difference(const at::Tensor& a, const at::Tensor& b) { return (a - b).abs().max().item<double>(); }

bool without_panels(const Panels& panels) {
  if (!panels.values.defined()) MESSAGE("this CPU has no AVX-512, so there are no panels to compare");
  return !panels.values.defined();
}

}  // namespace

TEST_CASE("a product by panels is the plain product, for any number of rows and outputs") {
  set_compute_threads(1);
  for (const int64_t rows : {1, 3, 4, 11, 12, 13, 40, 64, 100})
    for (const int64_t outputs : {1, 31, 32, 33, 64, 100})
      for (const int64_t inputs : {1, 24, 96}) {
        CAPTURE(rows);
        CAPTURE(outputs);
        CAPTURE(inputs);
        const at::Tensor x = at::randn({rows, inputs}), w = at::randn({outputs, inputs}),
                         y = at::randn({rows, outputs});
        const Panels panels = make_panels(w);
        if (without_panels(panels)) return;
        CHECK(largest_difference(panel_linear(x, panels, {}), at::mm(x, w.t())) < 2e-5);
        CHECK(largest_difference(panel_linear(x, panels, y), at::addmm(y, x, w.t())) < 2e-5);
      }
}

TEST_CASE("a row's product by panels does not depend on the rows beside it, nor on threads") {
  const at::Tensor x = at::randn({77, 96}), w = at::randn({70, 96});
  const Panels panels = make_panels(w);
  if (without_panels(panels)) return;
  set_compute_threads(2);
  const at::Tensor together = panel_linear(x, panels, {});
  set_compute_threads(1);
  for (const int64_t row : {0, 12, 75, 76}) {
    CHECK(panel_linear(x.narrow(0, row, 1), panels, {}).equal(together.narrow(0, row, 1)));
  }
}

TEST_CASE("a weight of another type has no panels and takes the plain product") {
  const at::Tensor x = at::randn({5, 8}, at::kDouble), w = at::randn({4, 8}, at::kDouble);
  const Panels panels = make_panels(w);
  CHECK(!panels.values.defined());
  at::Tensor out = at::mm(x, w.t()) * 0;
  weight_product(x, w, panels, {}, out);
  CHECK(out.equal(at::mm(x, w.t())));
}
