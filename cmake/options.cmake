# How every target of the project is compiled: language, warnings, sanitizers, linker, compiler cache.
set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE OFF)
string(APPEND CMAKE_CXX_FLAGS " -pthread -fPIE")  # everywhere alike, so that the precompiled header fits every target

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE RelWithDebInfo)
endif()
set(CMAKE_CXX_FLAGS_RELWITHDEBINFO "-O2 -g1 -DNDEBUG")
set(CMAKE_CXX_FLAGS_DEBUG "-Og -g1")

set(TRAWL_SANITIZE "" CACHE STRING "Sanitizers, as -fsanitize= takes them; empty for none")
option(TRAWL_WERROR "Warnings are errors (CI)" OFF)
option(TRAWL_FUZZ "Build the libFuzzer targets" OFF)

find_program(TRAWL_CCACHE ccache)
if(TRAWL_CCACHE)
  # A precompiled header is cached only when ccache may ignore its time stamp.
  set(CMAKE_C_COMPILER_LAUNCHER ${TRAWL_CCACHE})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime ${TRAWL_CCACHE})
endif()

add_library(trawl_options INTERFACE)
target_include_directories(trawl_options INTERFACE ${CMAKE_SOURCE_DIR})
target_compile_options(trawl_options INTERFACE
  -Wall -Wextra -Wpedantic -Wnon-virtual-dtor -Woverloaded-virtual -Wimplicit-fallthrough
  $<$<CXX_COMPILER_ID:Clang>:-Wshadow -Wno-gnu-zero-variadic-macro-arguments -Wno-missing-field-initializers>
  $<$<BOOL:${TRAWL_WERROR}>:-Werror>)
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  add_compile_options("$<$<COMPILE_LANGUAGE:CXX>:SHELL:-Xclang -fno-pch-timestamp>")
endif()
if(TRAWL_SANITIZE)
  add_compile_options(-fsanitize=${TRAWL_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${TRAWL_SANITIZE})
endif()
find_program(TRAWL_LLD NAMES ld.lld-19)
if(TRAWL_LLD AND CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  add_link_options(-fuse-ld=lld)
endif()
target_compile_definitions(trawl_options INTERFACE
  BOOST_ASIO_SEPARATE_COMPILATION BOOST_BEAST_SEPARATE_COMPILATION BOOST_ASIO_NO_DEPRECATED BOOST_ASIO_DISABLE_BOOST_COROUTINE
  SPDLOG_FMT_EXTERNAL TRAWL_VERSION="${PROJECT_VERSION}")
