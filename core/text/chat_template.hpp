// The chat template in a model's folder.
#pragma once

#include <string>

#include "core/jinja/template.hpp"

namespace crescent {

struct ChatTemplate {
  std::string path;  // for errors
  jinja::Template jinja;
  jinja::Dict special_tokens;  // bos_token, eos_token and their like, as tokenizer_config.json has them

  // From chat_template.json before chat_template.jinja before tokenizer_config.json. Throws Error when there is none
  // and for whatever the template holds that is not implemented (core/jinja/template.hpp).
  static ChatTemplate load(const std::string& model_folder);
};

}  // namespace crescent
