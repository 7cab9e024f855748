# CRESCENT_SITE is the folder that cmake/install.sh prints: the unpacked wheels.
set(CRESCENT_SITE "" CACHE PATH "folder of the unpacked wheels (cmake/install.sh prints it)")
option(CRESCENT_CUDA "build against the CUDA wheels" OFF)
if(NOT EXISTS "${CRESCENT_SITE}/DONE")
  message(FATAL_ERROR "CRESCENT_SITE='${CRESCENT_SITE}' holds no unpacked wheels; run `make`, which passes it.")
endif()

find_package(Threads REQUIRED)
find_package(Boost 1.74 REQUIRED COMPONENTS filesystem) # Boost.DLL uses boost::filesystem
find_package(PkgConfig REQUIRED)
pkg_check_modules(SPNG REQUIRED IMPORTED_TARGET spng)
find_library(LUA_CXX_LIBRARY lua5.4-c++ REQUIRED) # Lua as C++: errors unwind destructors
find_library(UTF8PROC_LIBRARY utf8proc REQUIRED)
find_path(LUA_INCLUDE_DIR lua.h PATH_SUFFIXES lua5.4 REQUIRED)

add_library(fmt INTERFACE) # the wheel's fmt everywhere: two versions of fmt must not meet in one signature
target_include_directories(fmt SYSTEM INTERFACE ${CRESCENT_SITE}/include)
target_compile_definitions(fmt INTERFACE FMT_HEADER_ONLY)

add_library(lua INTERFACE)
target_include_directories(lua SYSTEM INTERFACE ${LUA_INCLUDE_DIR})
target_link_libraries(lua INTERFACE ${LUA_CXX_LIBRARY})

set(TORCH_LIB ${CRESCENT_SITE}/torch/lib)
set(NVIDIA_LIB ${CRESCENT_SITE}/nvidia/cu13/lib)
foreach(name c10 torch_cpu c10_cuda torch_cuda)
  if(EXISTS ${TORCH_LIB}/lib${name}.so)
    add_library(${name} SHARED IMPORTED)
    set_target_properties(${name} PROPERTIES IMPORTED_LOCATION ${TORCH_LIB}/lib${name}.so)
  endif()
endforeach()
add_library(torch INTERFACE)
target_include_directories(torch SYSTEM INTERFACE ${CRESCENT_SITE}/torch/include
                           ${CRESCENT_SITE}/torch/include/torch/csrc/api/include)
target_link_libraries(torch INTERFACE torch_cpu c10)
target_link_options(torch INTERFACE "-Wl,-rpath-link,${NVIDIA_LIB}:${TORCH_LIB}" "-Wl,-rpath,${TORCH_LIB}")
if(CRESCENT_CUDA)
  # torch_cuda registers the CUDA operators when it is loaded; nothing names its symbols, so keep it by force.
  target_link_libraries(torch INTERFACE -Wl,--no-as-needed torch_cuda c10_cuda -Wl,--as-needed)
endif()

find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
  set(CMAKE_C_COMPILER_LAUNCHER ${CCACHE})
endif()
find_program(MOLD mold)
if(MOLD)
  add_link_options(-fuse-ld=mold)
endif()
