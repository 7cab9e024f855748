# crescent_page(target): puts the report's pages (core/report/page) and dygraphs into `target` as one generated source.
# Run as a script (cmake -P) it writes that source: OUT, then FILES in the order of the page.
if(CMAKE_SCRIPT_MODE_FILE)
  set(source "#include \"core/report/page.hpp\"\n\nusing namespace std::literals;\n\nnamespace crescent {\n\nstatic constexpr PageFile kFiles[] = {\n")
  foreach(file IN LISTS FILES)
    get_filename_component(name ${file} NAME)
    file(READ ${file} text)
    string(REGEX REPLACE "[/*# ]*sourceMappingURL=[^\n]*" "" text "${text}") # there is no map beside the report
    if(text MATCHES "\\)page\"")
      message(FATAL_ERROR "${file} holds )page\", which ends the literal that it is put into")
    endif()
    string(APPEND source "{\"${name}\"sv, R\"page(")
    string(APPEND source "${text}")
    string(APPEND source ")page\"sv},\n")
  endforeach()
  string(APPEND source "};\n\nstd::span<const PageFile> page_files() { return kFiles; }\n\n}  // namespace crescent\n")
  file(WRITE ${OUT} "${source}")
  return()
endif()

set(PAGE_SCRIPT ${CMAKE_CURRENT_LIST_FILE})
function(crescent_page target)
  find_path(DYGRAPHS dygraph.min.js PATHS /usr/share/javascript/dygraphs REQUIRED)
  set(files ${DYGRAPHS}/dygraph.min.css ${DYGRAPHS}/dygraph.min.js)
  foreach(name report.html sweep.html report.css charts.css sweep.css dom.js unpack.js data.js header.js charts.js curves.js
               sampler.js rollouts.js prompts.js settings.js frame.js main.js sweep_data.js sweep_result.js sweep_curves.js
               sweep_effects.js sweep_cost.js sweep_main.js)
    list(APPEND files ${CMAKE_SOURCE_DIR}/core/report/page/${name})
  endforeach()
  set(out ${CMAKE_BINARY_DIR}/generated/page_files.cpp)
  add_custom_command(OUTPUT ${out} DEPENDS ${files} ${PAGE_SCRIPT} VERBATIM
                     COMMAND ${CMAKE_COMMAND} -DOUT=${out} "-DFILES=${files}" -P ${PAGE_SCRIPT})
  target_sources(${target} PRIVATE ${out})
endfunction()
