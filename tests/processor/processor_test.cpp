#include <ATen/ops/equal.h>

#include <thread>

#include "core/base/files.hpp"
#include "core/base/json.hpp"
#include "core/data/shapes.hpp"
#include "core/processor/processor.hpp"

#undef CHECK  // LibTorch's logging defines one, which would count nothing
#include <doctest/doctest.h>

using namespace crescent;

namespace {

const std::string kTiny = CRESCENT_SOURCE_DIR "/models/tiny-vl";
const std::string kFolder = CRESCENT_BINARY_DIR "/processor_test";
const std::string kSystem = "You are a helpful assistant.";
constexpr int64_t kNoLimit = 1 << 20;

ModelConfig config_for(const Tokenizer& tokenizer) {
  ModelConfig config;
  config.decoder.vocab_size = tokenizer.vocab_size() + 3;  // three rows of the embedding that no token has
  config.image_token_id = tokenizer.require_id("<|image_pad|>");
  config.video_token_id = tokenizer.require_id("<|video_pad|>");
  config.vision_start_token_id = tokenizer.require_id("<|vision_start|>");
  config.vision_end_token_id = tokenizer.require_id("<|vision_end|>");
  config.end_token_ids = {tokenizer.require_id("<|im_end|>")};
  config.pad_token_id = tokenizer.require_id("<|endoftext|>");
  return config;
}

Processor tiny() {
  Tokenizer tokenizer = Tokenizer::load(kTiny);
  const ModelConfig config = config_for(tokenizer);
  return Processor(kTiny, config);
}

std::string picture(int64_t width, int64_t height) {
  make_folders(kFolder);
  Image image{width, height, std::vector<uint8_t>(static_cast<size_t>(3 * width * height))};
  for (size_t i = 0; i < image.rgb.size(); ++i) image.rgb[i] = static_cast<uint8_t>(i * 31 + i / 97);
  const std::string path = fmt::format("{}/{}x{}.png", kFolder, width, height);
  write_png(path, image, 1);
  return path;
}

ViewedRecord two_pictures() {
  return {"<image>red<image>green?", {picture(112, 56), picture(56, 112)}, "r2"};  // 2x4 and 4x2 merged patches
}

template <class F>
std::string error_of(F call) {
  try {
    call();
  } catch (const Error& e) {
    return e.what();
  }
  return "";
}

}  // namespace

TEST_CASE("positions equal those of transformers' get_rope_index") {
  ModelConfig model;
  model.image_token_id = 9;
  for (const Json& want : read_json_file(CRESCENT_SOURCE_DIR "/tests/golden/mrope_positions.json")) {
    CAPTURE(want.dump());
    std::vector<int32_t> tokens;
    std::vector<ImageGrid> images;
    for (const Json& part : want["parts"]) {
      if (part.is_array()) {
        images.push_back({part[0], part[1]});
        tokens.insert(tokens.end(), images.back().height * images.back().width / 4, 9);
      } else {
        tokens.insert(tokens.end(), part.get<size_t>(), 5);
      }
    }
    const PromptPositions got = mrope_positions(tokens, images, model, "r");
    CHECK(Json(got.positions) == want["positions"]);
    CHECK(got.next_position - static_cast<int64_t>(tokens.size()) == want["delta"].get<int64_t>());
  }
}

TEST_CASE("two pictures of 2x4 and 4x2 merged patches stand where the paper's example has them") {
  const Processor processor = tiny();
  const RenderedPrompt prompt = processor.render(two_pictures(), kSystem, kNoLimit);
  const int32_t pad = processor.tokenizer().require_id("<|image_pad|>");
  const auto first =
      static_cast<size_t>(std::find(prompt.tokens.begin(), prompt.tokens.end(), pad) - prompt.tokens.begin());
  const auto start = static_cast<int32_t>(first);
  CHECK((prompt.positions[first] == Position{start, start, start}));
  CHECK((prompt.positions[first + 7] == Position{start, start + 1, start + 3}));
  CHECK((prompt.positions[first + 8] == Position{start + 4, start + 4, start + 4}));  // vision_end
  const auto after =
      std::find_if(prompt.tokens.begin() + first + 8, prompt.tokens.end(), [&](int32_t t) { return t == pad; });
  const auto second = static_cast<size_t>(after - prompt.tokens.begin());
  const int32_t begin = prompt.positions[second][0];
  CHECK(begin == static_cast<int32_t>(second) - 4);
  CHECK((prompt.positions[second + 7] == Position{begin, begin + 3, begin + 1}));
  CHECK(prompt.positions[second + 8][0] == begin + 4);
  CHECK(prompt.next_position == static_cast<int32_t>(prompt.tokens.size()) - 8);
  CHECK(std::count(prompt.tokens.begin(), prompt.tokens.end(), pad) == 16);
  REQUIRE(prompt.images.size() == 2);
  CHECK(prompt.images[0].height == 4);
  CHECK(prompt.images[0].width == 8);
  CHECK(prompt.patches.size(0) == 64);
  CHECK(prompt.patches.size(1) == 1176);
  const Patches second_picture = patches_of(read_png(picture(56, 112)), {});
  CHECK(at::equal(prompt.patches.slice(0, 32), second_picture.rows));
}

TEST_CASE("a prompt is Qwen's chat with the system prompt, the problem and the opening of the answer") {
  const Processor processor = tiny();
  const RenderedPrompt text = processor.render({"red 3+5?", {}, "r1"}, "about the row", kNoLimit);
  CHECK(processor.tokenizer().decode(text.tokens, false) ==
        "<|im_start|>system\nabout the row<|im_end|>\n<|im_start|>user\nred 3+5?<|im_end|>\n<|im_start|>assistant\n");
  CHECK(!text.patches.defined());
  CHECK(text.images.empty());
  CHECK(text.next_position == static_cast<int32_t>(text.tokens.size()));
  const RenderedPrompt image = processor.render({"<image>how?", {picture(84, 84)}, "r1"}, kSystem, kNoLimit);
  std::string pads;
  for (int i = 0; i < 9; ++i) pads += "<|image_pad|>";
  CHECK(processor.tokenizer().decode(image.tokens, false) ==
        "<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n<|im_start|>user\n<|vision_start|>" + pads +
            "<|vision_end|>how?<|im_end|>\n<|im_start|>assistant\n");
  CHECK(image.patches.size(0) == 36);
}

TEST_CASE("a record is rendered in the view that is asked for") {
  const Processor processor = tiny();
  Record record;
  record.id = "r1";
  record.problem = "<image>sum of the dice?";
  record.caption = "caption dice 3,5";
  record.images = {picture(84, 84)};
  const auto text =
      processor.tokenizer().decode(processor.render(record, View::caption, kSystem, kNoLimit).tokens, false);
  CHECK(text.find("<|vision_end|>caption dice 3,5. sum of the dice?<|im_end|>") != text.npos);
  CHECK(error_of([&] { processor.render(record, View::text, kSystem, kNoLimit); }) ==
        "record \"r1\" cannot be shown in the view text: it has no \"text_problem\"");
}

TEST_CASE("a prompt over the limit is an error of its own kind with both numbers") {
  const Processor processor = tiny();
  const ViewedRecord record = two_pictures();
  const auto [length, patches] = processor.prompt_size(record, kSystem);
  const RenderedPrompt prompt = processor.render(record, kSystem, length);
  CHECK(prompt.tokens.size() == static_cast<size_t>(length));
  CHECK(prompt.patches.size(0) == patches);
  CHECK_THROWS_AS(processor.render(record, kSystem, length - 1), PromptTooLong);
  CHECK(error_of([&] { processor.render(record, kSystem, 20); }) ==
        fmt::format("record \"r2\": the prompt has {} tokens, over max_prompt_tokens = 20; raise the limit or filter "
                    "such records",
                    length));
}

TEST_CASE("a record that cannot be rendered is named") {
  const Processor processor = tiny();
  const auto render = [&](const ViewedRecord& record) {
    return error_of([&] { processor.render(record, kSystem, kNoLimit); });
  };
  CHECK(render({"<image>", {"/nonexistent/a.png"}, "r3"}) ==
        "record \"r3\": /nonexistent/a.png: cannot be opened: No such file or directory");
  CHECK(
      render({"<image>", {picture(1, 201)}, "r3"}) ==
      "record \"r3\": the picture is 1 x 201 pixels: its sides have the ratio 201.0, and at most 200 is read; cut it");
  CHECK(render({"<image><image>", {picture(84, 84)}, "r3"}) ==
        "record \"r3\": 2 <image> marks in the text, but 1 image");
  CHECK(render({"see <|image_pad|>", {}, "r3"})
            .rfind("record \"r3\": the user message holds the control token <|image_pad|>", 0) == 0);
  ModelConfig model;
  model.image_token_id = 9;
  CHECK(error_of([&] {
          mrope_positions(std::vector<int32_t>{1, 9, 9, 1}, {{2, 2}}, model, "r3");
        }) == "record \"r3\": image 1 stands as 2 image tokens in the prompt, but has 1 merged patches");
  CHECK(error_of([&] {
          mrope_positions(std::vector<int32_t>{1, 9, 1}, {{2, 2}, {2, 2}}, model, "r3");
        }) == "record \"r3\": the prompt has 1 runs of image tokens, but 2 images");
  CHECK(error_of([&] {
          mrope_positions(std::vector<int32_t>{9, 1, 9}, {{2, 2}}, model, "r3");
        }) == "record \"r3\": the prompt has more runs of image tokens than its 1 images");
}

TEST_CASE("a response ends with the end-of-turn token and comes back as its text") {
  const Processor processor = tiny();
  const std::string response = "<think>3+5=8</think><answer>8</answer>";
  std::vector<int32_t> tokens = processor.render_response(response);
  CHECK(tokens.back() == processor.end_of_turn());
  CHECK(processor.decode(tokens) == response);
  const TokenSpan thoughts = processor.thoughts(tokens);
  CHECK(processor.decode(std::span(tokens).subspan(thoughts.begin, thoughts.end - thoughts.begin)) == "3+5=8");
  const std::vector<int32_t> plain = processor.render_response("red");
  CHECK(processor.thoughts(plain).begin == 0);
  CHECK(processor.thoughts(plain).end == static_cast<int32_t>(plain.size()) - 1);
  tokens.pop_back();  // cut by the length limit
  CHECK(processor.decode(tokens) == response);
  CHECK(error_of([&] { processor.render_response("red<|im_end|>blue", "r4"); }) ==
        "record \"r4\": the response holds <|im_end|>, which would end it early; remove it, it is added at the end");
}

TEST_CASE("image, padding and nameless tokens are banned from sampling, the end of turn is not") {
  const Processor processor = tiny();
  const Tokenizer& tokenizer = processor.tokenizer();
  const std::vector<int32_t> banned = processor.banned_tokens();
  const auto has = [&](int32_t id) { return std::count(banned.begin(), banned.end(), id) == 1; };
  for (const char* token : {"<|image_pad|>", "<|video_pad|>", "<|vision_start|>", "<|vision_end|>", "<|endoftext|>"})
    CHECK(has(tokenizer.require_id(token)));
  for (int32_t id = tokenizer.vocab_size(); id < tokenizer.vocab_size() + 3; ++id) CHECK(has(id));
  CHECK(!has(processor.end_of_turn()));
  CHECK(!has(tokenizer.require_id("<think>")));
  CHECK(std::is_sorted(banned.begin(), banned.end()));
}

TEST_CASE("files that do not belong to the model are refused") {
  const auto refusal = [&](auto change) {
    return error_of([&] {
      Tokenizer tokenizer = Tokenizer::load(kTiny);
      ModelConfig model = config_for(tokenizer);
      ImageProcessorConfig image;
      change(model, image);
      Processor(std::move(tokenizer), ChatTemplate::load(kTiny), image, model);
    });
  };
  CHECK(refusal([](ModelConfig& model, ImageProcessorConfig&) {
          model.image_token_id = 3;
        }).ends_with("but the model's config has image_token_id 3; they do not belong together"));
  CHECK(refusal([](ModelConfig& model, ImageProcessorConfig&) {
          model.decoder.vocab_size = 10;
        }).ends_with("but the model embeds 10"));
  CHECK(refusal([](ModelConfig& model, ImageProcessorConfig&) {
          model.end_token_ids = {7, 8};
        }).ends_with("but generation_config.json ends a response at 7, 8 only"));
  CHECK(refusal([](ModelConfig&, ImageProcessorConfig& image) { image.patch_size = 16; }) ==
        "the image processor's patch_size is 16, but the vision tower's is 14; they do not belong together");
}

TEST_CASE("threads that render at the same time get what one gets alone") {
  const Processor processor = tiny();
  const ViewedRecord record{"<image>how many red circles?", {picture(100, 90)}, "r5"};
  const RenderedPrompt alone = processor.render(record, kSystem, kNoLimit);
  std::vector<int> same(4, 0);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 8; ++i) {
        const RenderedPrompt prompt = processor.render(record, kSystem, kNoLimit);
        same[t] += prompt.tokens == alone.tokens && prompt.positions == alone.positions &&
                   at::equal(prompt.patches, alone.patches);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(same == std::vector<int>(4, 8));
}
