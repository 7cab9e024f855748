# CRESCENT_SITE is the folder that cmake/install.sh prints: the unpacked wheels.
set(CRESCENT_SITE "" CACHE PATH "folder of the unpacked wheels (cmake/install.sh prints it)")
# Headers always come from there, so that a CUDA build compiles what the CPU build has compiled and ccache finds it.
set(CRESCENT_CUDA_SITE "" CACHE PATH "folder of the unpacked CUDA wheels to link instead; empty: a CPU build")
if(NOT EXISTS "${CRESCENT_SITE}/DONE")
  message(FATAL_ERROR "CRESCENT_SITE='${CRESCENT_SITE}' holds no unpacked wheels; run `make`, which passes it.")
endif()

find_package(Threads REQUIRED)
find_package(Boost 1.74 REQUIRED COMPONENTS filesystem) # Boost.DLL uses boost::filesystem
find_library(SPNG_LIBRARY spng REQUIRED)
find_library(ZSTD_LIBRARY zstd REQUIRED)
find_library(FLINT_LIBRARY flint REQUIRED)
find_library(FLINT_ARB_LIBRARY flint-arb REQUIRED) # Arb by its Debian name
find_library(GMP_LIBRARY gmp REQUIRED) # which headers of FLINT call
find_library(ZLIB_LIBRARY z REQUIRED)
find_library(CURL_LIBRARY curl REQUIRED)
find_library(LUA_CXX_LIBRARY lua5.4-c++ REQUIRED) # Lua as C++: errors unwind destructors
find_path(LUA_INCLUDE_DIR lua.h PATH_SUFFIXES lua5.4 REQUIRED)

# The wheel's fmt everywhere: two versions of fmt must not meet in one signature.
add_library(fmt STATIC ${CMAKE_SOURCE_DIR}/cmake/fmt.cpp)
target_include_directories(fmt SYSTEM PUBLIC ${CRESCENT_SITE}/include)
set_target_properties(fmt PROPERTIES POSITION_INDEPENDENT_CODE ON)

add_library(lua INTERFACE)
target_include_directories(lua SYSTEM INTERFACE ${LUA_INCLUDE_DIR})
target_link_libraries(lua INTERFACE ${LUA_CXX_LIBRARY})

if(CRESCENT_CUDA_SITE)
  set(LIBRARY_SITE ${CRESCENT_CUDA_SITE})
else()
  set(LIBRARY_SITE ${CRESCENT_SITE})
endif()
if(NOT EXISTS "${LIBRARY_SITE}/DONE")
  message(FATAL_ERROR "CRESCENT_CUDA_SITE='${LIBRARY_SITE}' holds no unpacked wheels; run `make cuda`, which passes it.")
endif()
set(TORCH_LIB ${LIBRARY_SITE}/torch/lib)
file(GLOB NVIDIA_LIBS ${LIBRARY_SITE}/nvidia/*/lib)
list(JOIN NVIDIA_LIBS ":" NVIDIA_LIBS)
foreach(name c10 torch_cpu)
  add_library(${name} SHARED IMPORTED)
  set_target_properties(${name} PROPERTIES IMPORTED_LOCATION ${TORCH_LIB}/lib${name}.so)
endforeach()
add_library(torch INTERFACE)
target_include_directories(torch SYSTEM INTERFACE ${CRESCENT_SITE}/torch/include
                           ${CRESCENT_SITE}/torch/include/torch/csrc/api/include)
target_link_libraries(torch INTERFACE torch_cpu c10)
# The wheel's libraries find each other, and NVIDIA's, by their own RPATHs.
target_link_options(torch INTERFACE "-Wl,-rpath-link,${NVIDIA_LIBS}:${TORCH_LIB}" "-Wl,-rpath,${TORCH_LIB}")
if(CRESCENT_CUDA_SITE)
  # torch_cuda registers the CUDA operators when it is loaded; nothing names its symbols, so keep it by force.
  target_link_options(torch INTERFACE "-Wl,--no-as-needed,${TORCH_LIB}/libtorch_cuda.so,--as-needed")
endif()

find_program(CCACHE ccache)
if(CCACHE)
  # Paths below the checkout are hashed relative to it, so that a second clone finds what the first one compiled.
  # The sloppiness is what ccache asks for before it will cache files that use precompiled headers.
  set(launcher ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1
               CCACHE_SLOPPINESS=pch_defines,time_macros ${CCACHE})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${launcher})
  set(CMAKE_C_COMPILER_LAUNCHER ${launcher})
endif()
find_program(MOLD mold)
if(MOLD)
  add_link_options(-fuse-ld=mold)
endif()
