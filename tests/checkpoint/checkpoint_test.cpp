#include "core/checkpoint/checkpoint.hpp"

#include <ATen/ops/ones_like.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/scalar_tensor.h>
#include <doctest/doctest.h>

#include <filesystem>

#include "core/base/error.hpp"
#include "core/base/files.hpp"
#include "core/optim/adamw.hpp"
#include "tests/test_folder.hpp"

using namespace crescent;
namespace fs = std::filesystem;

namespace {

struct Folder : TestFolder {
  Folder() : TestFolder("whole_checkpoint") {}
};

bool same(const NamedTensors& a, const NamedTensors& b) {
  if (a.size() != b.size()) return false;
  for (size_t i = 0; i < a.size(); ++i)
    if (a[i].first != b[i].first || !a[i].second.equal(b[i].second)) return false;
  return true;
}

}  // namespace

TEST_CASE("weights, moments, reference and state come back to the last bit") {
  const Folder folder;
  VisionLanguageModel model = VisionLanguageModel::random(tiny_vl_config(), 1);
  const VisionLanguageModel reference = VisionLanguageModel::random(tiny_vl_config(), 2);
  model.set_requires_grad(true);
  AdamW optimizer(model.parameters(), {});
  for (const auto& [name, tensor] : model.parameters())
    const_cast<at::Tensor&>(tensor).mutable_grad() = at::ones_like(tensor);
  optimizer.step(1e-3);
  TrainerState state;
  state.step = 12;
  state.score = 0.5;
  state.blobs = {{"sampler", "x"}};
  const auto copy = [](const std::string& to) { write_file_atomically(to + "/tokenizer.json", "{}"); };
  const std::string path = write_checkpoint(folder.path, {model, &reference, optimizer.state(), state, copy});

  CHECK(path == folder.path + "/step_12");
  CHECK(damage(path) == "");
  CHECK(same(VisionLanguageModel::load(model_folder(path)).parameters(), model.parameters()));
  CHECK(same(VisionLanguageModel::load(reference_folder(path).value()).parameters(), reference.parameters()));
  CHECK(read_file(model_folder(path) + "/tokenizer.json") == "{}");
  CHECK(read_trainer_state(path).blob("sampler") == "x");
  AdamW resumed(model.parameters(), {});
  resumed.load_state(read_moments(path));
  CHECK(same(resumed.state(), optimizer.state()));
}

TEST_CASE("a checkpoint without a reference has none, and damage to its tensors is seen") {
  const Folder folder;
  const VisionLanguageModel model = VisionLanguageModel::random(tiny_vl_config(), 1);
  TrainerState state;
  const NamedTensors moments = {{"step/a", at::scalar_tensor(3.0f)}, {"exp_avg/a", at::randn({2, 3})}};
  const std::string path = write_checkpoint(folder.path, {model, nullptr, moments, state, {}});
  CHECK(!reference_folder(path));
  for (const char* name : {"/model/model.safetensors", "/optimizer.safetensors"}) {
    const std::string whole = read_file(path + name);
    std::string flipped = whole;
    flipped[whole.size() - 3] ^= 1;
    write_file_atomically(path + name, flipped);
    CHECK(damage(path) == path + name + ": its content is not what was written");
    write_file_atomically(path + name, whole);
  }
  CHECK(damage(path) == "");
}
