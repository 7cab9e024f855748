#include "core/processor/processor.hpp"

#include <ATen/ops/cat.h>

#include <algorithm>
#include <optional>

#include "core/imageio/image.hpp"
#include "core/text/chat.hpp"

namespace crescent {

namespace {

Place place_of(const std::string& record_id) { return {fmt::format("record \"{}\"", record_id)}; }

// Runs `read` for one picture of a record; its errors name the record too.
template <class F>
auto of_record(const std::string& record_id, F read) {
  try {
    return read();
  } catch (const Error& e) {
    throw Error(e.what(), place_of(record_id), e.kind());
  }
}

void check_token(const Tokenizer& tokenizer, const char* token, const char* key, int32_t id) {
  const int32_t found = tokenizer.require_id(token);
  if (found == id) return;
  throw Error(fmt::format("{} is token {}, but the model's config has {} {}; they do not belong together", token, found,
                          key, id),
              {tokenizer.path()});
}

void check_equal(const char* name, int64_t of_files, int64_t of_model) {
  if (of_files == of_model) return;
  fail("the image processor's {} is {}, but the vision tower's is {}; they do not belong together", name, of_files,
       of_model);
}

}  // namespace

PromptTooLong::PromptTooLong(const std::string& record_id, int64_t tokens, int64_t limit)
    : Error(fmt::format("the prompt has {} tokens, over max_prompt_tokens = {}; raise the limit or filter such records",
                        tokens, limit),
            place_of(record_id)),
      tokens_(tokens) {}

struct Processor::Parts {
  Tokenizer tokenizer;
  ChatFormat chat;
  ImageProcessorConfig image;
  ModelConfig model;

  Parts(Tokenizer t, ChatTemplate c, const ImageProcessorConfig& i, const ModelConfig& m)
      : tokenizer(std::move(t)), chat(tokenizer, std::move(c)), image(i), model(m) {
    check_vocabulary();
    if (model.has_vision()) check_pictures();
  }

  void check_pictures() const {
    check_token(tokenizer, "<|image_pad|>", "image_token_id", model.image_token_id);
    check_token(tokenizer, "<|vision_start|>", "vision_start_token_id", model.vision_start_token_id);
    if (model.video_token_id >= 0) check_token(tokenizer, "<|video_pad|>", "video_token_id", model.video_token_id);
    if (model.vision_end_token_id >= 0)
      check_token(tokenizer, "<|vision_end|>", "vision_end_token_id", model.vision_end_token_id);
    check_equal("patch_size", image.patch_size, model.vision.patch_size);
    check_equal("temporal_patch_size", image.temporal_patch_size, model.vision.temporal_patch_size);
    check_equal("merge_size", image.merge_size, model.vision.spatial_merge_size);
    check_equal("number of channels", 3, model.vision.channels);
  }

  void check_vocabulary() const {
    if (tokenizer.vocab_size() > model.decoder.vocab_size) {
      throw Error(fmt::format("the tokenizer has {} tokens, but the model embeds {}", tokenizer.vocab_size(),
                              model.decoder.vocab_size),
                  {tokenizer.path()});
    }
    if (!is_end(chat.end_of_turn_id())) {
      throw Error(fmt::format("{} is token {}, but generation_config.json ends a response at {} only",
                              tokenizer.token_bytes(chat.end_of_turn_id()), chat.end_of_turn_id(),
                              fmt::join(model.end_token_ids, ", ")),
                  {tokenizer.path()});
    }
  }

  void check_readable(const ViewedRecord& record) const {
    if (model.has_vision() || record.images.empty()) return;
    throw Error(fmt::format("{} image{}, but the model reads text alone: let its phases and validation show the view "
                            "\"text\"",
                            record.images.size(), record.images.size() == 1 ? "" : "s"),
                place_of(record.record_id), ErrorKind::usage);
  }

  bool is_end(int32_t token) const {
    return std::find(model.end_token_ids.begin(), model.end_token_ids.end(), token) != model.end_token_ids.end();
  }

  int32_t merged_patches(int64_t grid_height, int64_t grid_width) const {
    return static_cast<int32_t>(grid_height / image.merge_size * (grid_width / image.merge_size));
  }

  // How many image tokens a picture of this size takes.
  int32_t merged_patches(ImageSize size) const {
    const ImageSize to = smart_resize(size, image.patch_size * image.merge_size, image.min_pixels, image.max_pixels);
    return merged_patches(to.height / image.patch_size, to.width / image.patch_size);
  }

  std::span<const int32_t> without_end(std::span<const int32_t> tokens) const {
    while (!tokens.empty() && is_end(tokens.back())) tokens = tokens.first(tokens.size() - 1);
    return tokens;
  }
};

Processor::Processor(const std::string& folder, const ModelConfig& model)
    : Processor(Tokenizer::load(folder), ChatTemplate::load(folder),
                model.has_vision() ? read_image_processor_config(folder) : ImageProcessorConfig{}, model) {}

Processor::Processor(Tokenizer tokenizer, ChatTemplate chat_template, const ImageProcessorConfig& image,
                     const ModelConfig& model)
    : parts_(std::make_unique<const Parts>(std::move(tokenizer), std::move(chat_template), image, model)) {}

Processor::~Processor() = default;
Processor::Processor(Processor&&) noexcept = default;

RenderedPrompt Processor::render(const Record& record, View view, const std::optional<std::string>& system,
                                 int64_t max_prompt_tokens) const {
  return render(view_of(record, view), system, max_prompt_tokens);
}

RenderedPrompt Processor::render(const ViewedRecord& record, const std::optional<std::string>& system,
                                 int64_t max_prompt_tokens) const {
  parts_->check_readable(record);
  std::vector<Image> pictures;
  std::vector<int32_t> merged;
  for (const std::string& path : record.images) {
    of_record(record.record_id, [&] {
      pictures.push_back(read_png(path));
      merged.push_back(parts_->merged_patches(ImageSize{pictures.back().height, pictures.back().width}));
    });
  }
  RenderedPrompt prompt;
  prompt.tokens = parts_->chat.prompt_tokens(record.text, system, merged, place_of(record.record_id));
  const int64_t length = static_cast<int64_t>(prompt.tokens.size());
  if (length > max_prompt_tokens) throw PromptTooLong(record.record_id, length, max_prompt_tokens);

  std::vector<at::Tensor> rows;
  for (const Image& picture : pictures) {
    Patches patches = of_record(record.record_id, [&] { return patches_of(picture, parts_->image); });
    prompt.images.push_back({patches.grid_height, patches.grid_width});
    rows.push_back(std::move(patches.rows));
  }
  if (rows.size() == 1) prompt.patches = rows.front();
  if (rows.size() > 1) prompt.patches = at::cat(rows);
  PromptPositions positions = mrope_positions(prompt.tokens, prompt.images, parts_->model, record.record_id);
  prompt.positions = std::move(positions.positions);
  prompt.next_position = positions.next_position;
  return prompt;
}

PromptSize Processor::prompt_size(const ViewedRecord& record, const std::optional<std::string>& system) const {
  parts_->check_readable(record);
  std::vector<int32_t> merged;
  PromptSize size;
  for (const std::string& path : record.images) {
    merged.push_back(of_record(record.record_id, [&] {
      const ImageShape shape = read_png_shape(path);  // lying or upright, the number is the same
      return parts_->merged_patches(ImageSize{shape.height, shape.width});
    }));
    size.patches += merged.back() * parts_->image.merge_size * parts_->image.merge_size;
  }
  size.tokens =
      static_cast<int64_t>(parts_->chat.prompt_tokens(record.text, system, merged, place_of(record.record_id)).size());
  return size;
}

std::vector<int32_t> Processor::render_response(const std::string& response, const std::string& record_id) const {
  const Place place = record_id.empty() ? Place{} : place_of(record_id);
  std::vector<int32_t> tokens = parts_->chat.response_tokens(response, place);
  for (size_t i = 0; i + 1 < tokens.size(); ++i) {
    if (!parts_->is_end(tokens[i])) continue;
    throw Error(fmt::format("the response holds {}, which would end it early; remove it, it is added at the end",
                            parts_->tokenizer.token_bytes(tokens[i])),
                place, ErrorKind::usage);
  }
  return tokens;
}

std::string Processor::decode(std::span<const int32_t> tokens) const {
  return parts_->tokenizer.decode(parts_->without_end(tokens), /*skip_special=*/false);
}

TokenSpan Processor::thoughts(std::span<const int32_t> tokens) const {
  const ThoughtSpan span = find_thoughts(parts_->tokenizer, parts_->without_end(tokens));
  return {span.begin, span.end};
}

int32_t Processor::end_of_turn() const { return parts_->chat.end_of_turn_id(); }

std::vector<int32_t> Processor::banned_tokens() const {
  const ModelConfig& model = parts_->model;
  std::vector<int32_t> banned;
  for (int32_t id = 0; id < model.decoder.vocab_size; ++id) {
    const bool vision = id == model.image_token_id || id == model.video_token_id || id == model.vision_start_token_id ||
                        id == model.vision_end_token_id;
    const bool padding = id == model.pad_token_id && !parts_->is_end(id);
    if (vision || padding || parts_->tokenizer.token_bytes(id).empty()) banned.push_back(id);
  }
  return banned;
}

const Tokenizer& Processor::tokenizer() const { return parts_->tokenizer; }

}  // namespace crescent
