# trawl_room(NAME [PCH] SOURCES … LINKS …): one static library a folder, `trawl::NAME`.
# PCH: a room that does I/O with Asio and reuses the precompiled header. LINKS is the room's line in the table of
# who may include whom (tests/lint/rooms.txt).
function(trawl_room name)
  cmake_parse_arguments(ROOM "PCH" "" "SOURCES;LINKS" ${ARGN})
  if(ROOM_SOURCES)
    add_library(trawl_${name} STATIC ${ROOM_SOURCES})
    set(scope PUBLIC)
  else()
    add_library(trawl_${name} INTERFACE)
    set(scope INTERFACE)
  endif()
  target_link_libraries(trawl_${name} ${scope} trawl_options ${ROOM_LINKS})
  if(ROOM_PCH)
    target_link_libraries(trawl_${name} ${scope} trawl_asio fmt::fmt spdlog::spdlog)
    if(ROOM_SOURCES)
      target_precompile_headers(trawl_${name} REUSE_FROM trawl_pch)
    endif()
  endif()
  add_library(trawl::${name} ALIAS trawl_${name})
endfunction()

# trawl_room_test(ROOM [PCH] SOURCES … LINKS …): the unit tests of one room, one executable, a CTest test a case. Suites whose name
# ends with Nightly are long and get that label.
function(trawl_room_test room)
  cmake_parse_arguments(TEST "PCH" "" "SOURCES;LINKS" ${ARGN})
  add_executable(${room}_test ${TEST_SOURCES})
  target_link_libraries(${room}_test PRIVATE trawl_options ${TEST_LINKS} GTest::gtest_main GTest::gmock)
  if(TRAWL_SANITIZE STREQUAL "thread")
    target_sources(${room}_test PRIVATE ${CMAKE_SOURCE_DIR}/cmake/tsan.cpp)
  endif()
  if(TEST_PCH)
    target_link_libraries(${room}_test PRIVATE trawl_asio fmt::fmt spdlog::spdlog)
    target_precompile_headers(${room}_test REUSE_FROM trawl_pch)
  endif()
  gtest_discover_tests(${room}_test TEST_PREFIX "${room}." TEST_FILTER "-*Nightly.*" DISCOVERY_TIMEOUT 60 PROPERTIES TIMEOUT 60)
  gtest_discover_tests(${room}_test TEST_PREFIX "${room}." TEST_FILTER "*Nightly.*" TEST_LIST ${room}_nightly DISCOVERY_TIMEOUT 60
    PROPERTIES TIMEOUT 600 LABELS nightly)
endfunction()
